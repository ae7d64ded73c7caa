export { span, type SpanFacts } from './span.js';
export { startTracing, type Tracing } from './start.js';
