/** Spans that are being sent somewhere. */
export interface Tracing {
  /** What is still here is sent, as far as the collector takes it. */
  stop(): Promise<void>;
}

const stopWithinMs = 3_000;
let running = 0;

/** Whether anybody is sent anything: what nobody sees is not made. */
export function isTracing(): boolean {
  return running > 0;
}

/**
 * Begins sending spans where an OTLP endpoint is configured, by OpenTelemetry's own settings (`OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, over HTTP); else nothing is loaded. A collector that does not answer disturbs nobody.
 */
export async function startTracing(service: string, environment: NodeJS.ProcessEnv): Promise<Tracing> {
  if (!environment['OTEL_EXPORTER_OTLP_ENDPOINT'] && !environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])
    return { stop: async () => {} };
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `gongkai-${service}` }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  running++;
  return {
    async stop() {
      running--;
      await Promise.race([
        provider.shutdown().catch(() => {}),
        new Promise(resolve => setTimeout(resolve, stopWithinMs).unref()),
      ]);
    },
  };
}
