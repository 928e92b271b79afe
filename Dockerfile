# Dateline in a container: the server, as a user without rights, with the articles and models in volumes.
#   docker build -t dateline .
#   docker compose up        (compose.yaml: needs DATELINE_SECRET_KEY)

FROM python:3.11-slim AS built
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/dateline
ENV PATH=/opt/dateline/bin:$PATH
# What Dateline stands on changes less often than Dateline: its own layer. torch comes without CUDA.
COPY pyproject.toml constraints.txt README.md ./
COPY tools tools
RUN python tools/install_torch.py
COPY index index
COPY rag rag
COPY api api
COPY eval eval
RUN pip install --constraint constraints.txt ".[mcp,metrics,otel]"

FROM python:3.11-slim
RUN groupadd --gid 10001 dateline \
 && useradd --uid 10001 --gid dateline --no-create-home --home-dir /nonexistent dateline \
 && install -d -o dateline -g dateline /var/lib/dateline /var/cache/dateline
COPY --from=built /opt/dateline /opt/dateline
ENV PATH=/opt/dateline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    XDG_CACHE_HOME=/var/cache/dateline \
    DATELINE_HOME=/var/lib/dateline \
    DATELINE_MODELS=/var/cache/dateline/models \
    DATELINE_HOST=0.0.0.0 \
    DATELINE_PORT=8000 \
    DATELINE_LOG_LEVEL=info
USER 10001:10001
WORKDIR /var/lib/dateline
VOLUME ["/var/lib/dateline", "/var/cache/dateline"]
EXPOSE 8000
# Ready, and not just alive: a container that cannot answer gets no traffic. Loading the model takes a while.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["dateline"]
CMD ["serve"]
