# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY vocnlp vocnlp
COPY models models
COPY training training
COPY api api
COPY evaluation evaluation
RUN python -m venv /opt/vocnlp \
 && /opt/vocnlp/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 vocnlp && install -d -o vocnlp -g vocnlp /data
COPY --from=build /opt/vocnlp /opt/vocnlp
ENV PATH=/opt/vocnlp/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    VOCNLP_DATABASE=sqlite:////data/vocnlp.db
USER vocnlp
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["vocnlp"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
