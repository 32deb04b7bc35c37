"""Running the product: nights, services, the ledger and quarantine for people, the Airflow side."""
