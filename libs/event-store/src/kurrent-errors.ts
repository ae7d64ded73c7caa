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
      return 'unsent';
    default:
      return neverSent.test(message) ? 'unsent' : 'unknown';
  }
}

/** Of grpc-js where a call was never given to a connection, and of the client where it found no node to connect to. */
const neverSent = /^14 UNAVAILABLE: (No connection established|Channel closed before call started)|^Failed to discover after/;

/** An error in few words, for sentences: never a connection string, which none of these hold. */
export function wordsOf(error: unknown): string {
  const { type, message, name } = (error ?? {}) as { type?: string; message?: string; name?: string };
  return [type ?? name, message].filter(part => part !== undefined && part !== '' && part !== 'Error').join(': ') || 'unknown';
}
