# The admission webhook: one bundled file on a Node without a shell. Context: infra/contexts.ts.
ARG BASE
FROM ${BASE}
ARG BASE VERSION SOURCE_DATE_EPOCH
LABEL org.opencontainers.image.title="orcon webhook" \
      org.opencontainers.image.description="Stamps workloads that consume relations" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}"
ENV ORCON_VERSION=${VERSION}
ADD files.tar /
USER 65532:65532
# Young objects die within a request: 8 MB are as quick as more, and 16 would take 20 MB more under load.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/webhook.cjs"]
