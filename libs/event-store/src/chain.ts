import { hash } from 'node:crypto';

/** What stands before a stream's first event. */
export const noHash = '';

/**
 * Hash of an event: SHA-256, base64url, over the hash of the event before it in its stream and its own canonical bytes, in which
 * personal fields are encrypted. Canonical is what `JSON.stringify` wrote: parsing it and writing it again gives the same text,
 * on every engine. None of the parts before `data` can hold a line feed, and the length of `data` is told, so that no two events
 * have the same bytes. The position is not part of it: another engine gives another one to the same event.
 */
export function eventHash(
  previousHash: string,
  event: { stream: string; revision: number; id: string; type: string; version: number },
  data: string,
  metadata: string,
): string {
  const { stream, revision, id, type, version } = event;
  return hash(
    'sha256',
    `${previousHash}\n${stream}\n${revision}\n${id}\n${type}\n${version}\n${data.length}\n${data}\n${metadata}`,
    'base64url',
  );
}
