import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';

export type SpanFacts = Record<string, string | number | boolean>;

/**
 * One piece of work under a correlation id, as an OpenTelemetry span; without an exporter it costs next to nothing. The id itself makes
 * the trace: its hash is the trace id, so what one call caused stands in one trace, in whatever process, over whatever bus and
 * however much later a projection meets its events. Nothing has to travel along but the id, which stands in every event.
 */
export async function span<T>(name: string, correlationId: string, facts: SpanFacts, work: () => Promise<T>): Promise<T> {
  const tracer = trace.getTracer('gongkai');
  const attributes = { ...facts, 'gongkai.correlation_id': correlationId };
  const one = tracer.startSpan(name, { attributes }, rootOf(correlationId));
  if (!one.isRecording()) return work();
  try {
    return await work();
  } catch (error) {
    one.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
    throw error;
  } finally {
    one.end();
  }
}

function rootOf(correlationId: string) {
  const hash = createHash('sha256').update(correlationId).digest('hex');
  const root = { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48), traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, root);
}
