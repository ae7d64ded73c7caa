import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, type Span, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { isTracing } from './start.js';

export type SpanFacts = Record<string, string | number | boolean>;

/**
 * One piece of work under a correlation id, as an OpenTelemetry span; without an exporter it costs next to nothing. The id itself makes
 * the trace: its hash is the trace id, so what one call caused stands in one trace, in whatever process, over whatever bus and
 * however much later a projection meets its events. Nothing has to travel along but the id, which stands in every event.
 */
export async function span<T>(name: string, correlationId: string, facts: SpanFacts, work: () => Promise<T>): Promise<T> {
  if (!isTracing()) return work();
  const one = begin(name, correlationId, facts);
  try {
    return await work();
  } catch (error) {
    one.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
    throw error;
  } finally {
    one.end();
  }
}

/** The same for work that is over: it began at `startedAt` (milliseconds of the epoch) and ends now. */
export function spanSince(name: string, correlationId: string, facts: SpanFacts, startedAt: number): void {
  if (isTracing()) begin(name, correlationId, facts, startedAt).end();
}

function begin(name: string, correlationId: string, facts: SpanFacts, startTime?: number): Span {
  const attributes = { ...facts, 'gongkai.correlation_id': correlationId };
  const options = { attributes, ...(startTime === undefined ? {} : { startTime }) };
  return trace.getTracer('gongkai').startSpan(name, options, rootOf(correlationId));
}

function rootOf(correlationId: string) {
  const hash = createHash('sha256').update(correlationId).digest('hex');
  const root = { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48), traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, root);
}
