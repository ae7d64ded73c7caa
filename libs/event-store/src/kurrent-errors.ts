/** What an error of the client says about the call that met it. */
export type Verdict =
  /** The stream stands elsewhere. */
  | 'moved'
  /** The stream was tombstoned on the server. */
  | 'deleted'
  | 'too-large'
  | 'denied'
  /** It never left this process, or was not accepted: nothing was stored, and it may be tried again. */
  | 'unsent'
  /** As unsent: another node leads, and the client turns to that one by itself. */
  | 'not-leader'
  /** Anything may have happened. */
  | 'unknown';

/**
 * By `type` and `code`: messages are often empty, and before a connection stands errors are plain ones without a `type`.
 * What is not recognised is unknown, never a failure.
 */
export function verdictOf(error: unknown): Verdict {
  const { type, message = '' } = (error ?? {}) as { type?: string; message?: string };
  switch (type) {
    case 'wrong-expected-version':
      return 'moved';
    case 'stream-deleted':
      return 'deleted';
    case 'maximum-append-size-exceeded':
      return 'too-large';
    case 'access-denied':
      return 'denied';
    case 'not-leader':
      return 'not-leader';
    default:
      return neverSent.test(message) || notHandled.test(message) ? 'unsent' : 'unknown';
  }
}

/** Of grpc-js where a call was never given to a connection, and of the client where it found no node to connect to. */
const neverSent = /^14 UNAVAILABLE: (No connection established|Channel closed before call started)|^Failed to discover after/;

/** Of a server that is starting, or a cluster without a leader: it says so instead of handling what it was asked. */
const notHandled = /^14 UNAVAILABLE: Server Is Not Ready|^2 UNKNOWN: No leader info available/;

/** An error in few words, for sentences: never a connection string, which none of these hold. */
export function wordsOf(error: unknown): string {
  const { type, message, name } = (error ?? {}) as { type?: string; message?: string; name?: string };
  // What gRPC adds about the resolving of names is nearly always empty.
  const said = message?.replace(/\s*Resolution note:\s*$/, '').replace(/\.$/, '');
  return [type ?? name, said].filter(part => part !== undefined && part !== '' && part !== 'Error').join(': ') || 'unknown';
}
