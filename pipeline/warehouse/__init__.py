"""The one door to the database: tables, connections, and every statement the product sends."""
