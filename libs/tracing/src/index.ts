export { span, type SpanFacts, spanSince } from './span.js';
export { startTracing, type Tracing } from './start.js';
