import type { Stored } from './log.js';
import type { streams } from './stubs.js';

/** The events a read or a subscription of `$all` asks for. A regular expression goes before prefixes. */
export function eventFilter(options: streams.ReadReq.Options): (event: Stored) => boolean {
  const filter = options.getFilter();
  if (!filter) return () => true;
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType();
  const text = (event: Stored): string => (byStream ? event.stream : event.type);
  const pattern = expression?.getRegex() ?? '';
  if (pattern !== '') {
    const regex = new RegExp(pattern, 'u');
    return event => regex.test(text(event));
  }
  const prefixes = expression?.getPrefixList() ?? [];
  return event => prefixes.some(prefix => text(event).startsWith(prefix));
}
