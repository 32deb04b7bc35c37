# One image for every Airflow component; see docker-compose.yml.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.lock pyproject.toml README.md ./
RUN /app/.venv/bin/pip install --no-cache-dir --quiet "$(grep -oE '^uv==[0-9.]+' requirements.lock)" \
 && UV_NATIVE_TLS=1 /app/.venv/bin/uv pip sync --no-cache --quiet --require-hashes requirements.lock
COPY pipeline pipeline
COPY demo demo
RUN UV_NATIVE_TLS=1 /app/.venv/bin/uv pip install --no-cache --quiet --no-deps --editable .

FROM ${BASE}
RUN useradd --create-home --uid 10001 monitor && mkdir -p /app/state && chown monitor /app/state
WORKDIR /app
COPY --from=build /app /app
COPY dags dags
COPY sql sql
COPY config config
ENV PATH=/app/.venv/bin:$PATH MM_HOME=/app/state PYTHONUNBUFFERED=1
USER monitor
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=6 \
  CMD python -c "import sys; from pipeline.ops.services import is_healthy; from pipeline.settings import get_settings; sys.exit(not is_healthy(get_settings()))"
CMD ["mm", "up", "--foreground"]
