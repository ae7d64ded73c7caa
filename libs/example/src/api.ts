/** A command that the API refused: the load stops, and the sentence names the row. */
export class LoadStopped extends Error {
  override readonly name = 'CannotStart';
}

export interface Command {
  /** Where the row stands, and the step: `records.jsonl:12 publication`. */
  at: string;
  person: 'example-collector' | 'example-officer';
  path: string;
  key: string;
  body: Record<string, unknown>;
  /** What the address names is made by a reaction, so it may not be there yet. */
  mayBeLate?: boolean;
}

export type Session = (person: string) => Promise<string>;

/** Whatever is down, its operator has not to start the load again. */
const outageLongestMs = 300_000;
const lateLongestMs = 60_000;

/** The HTTP API as the loader uses it: every command is sent until it is answered, for as long as that makes sense. */
export class Api {
  private readonly tokens = new Map<string, Promise<string>>();
  private lateUntil: number | undefined;

  constructor(
    private readonly address: string,
    private readonly session: Session = person => this.developmentSession(person),
  ) {}

  /** Sends the command and returns the id of what it is about. @throws LoadStopped */
  async send({ at, person, path, key, body, mayBeLate }: Command): Promise<string> {
    let token = this.tokens.get(person);
    if (!token) this.tokens.set(person, (token = this.session(person)));
    const headers = { authorization: `Bearer ${await token}`, 'content-type': 'application/json', 'idempotency-key': key };
    const until = Date.now() + outageLongestMs;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.post(path, headers, body);
      if (answer.status === 201 || answer.status === 200) {
        this.lateUntil = undefined;
        return (answer.body as { id: string }).id;
      }
      const outage = answer.status === 0 || answer.status === 503 || answer.status === 429;
      const late = mayBeLate === true && answer.status === 404 && this.mayStillCome();
      if (!late && !(outage && Date.now() < until)) throw stopped(at, answer);
      await new Promise(resolve => setTimeout(resolve, late ? 50 : Math.min(2_000, 100 * 2 ** attempt)));
    }
  }

  private mayStillCome(): boolean {
    this.lateUntil ??= Date.now() + lateLongestMs;
    return Date.now() < this.lateUntil;
  }

  private async developmentSession(person: string): Promise<string> {
    const until = Date.now() + outageLongestMs;
    for (;;) {
      const answer = await this.post('/dev/session', { 'content-type': 'application/json' }, { person });
      if (answer.status === 200) return (answer.body as { token: string }).token;
      if (answer.status !== 0 || Date.now() > until) throw stopped(`/api/v1/dev/session ${person}`, answer);
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }

  /** Status 0: no answer at all. */
  private async post(path: string, headers: Record<string, string>, body: object): Promise<{ status: number; body: unknown }> {
    try {
      const response = await fetch(`${this.address}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      return { status: 0, body: { zh: String(error), en: String(error) } };
    }
  }
}

function stopped(at: string, { status, body }: { status: number; body: unknown }): LoadStopped {
  const { zh, en } = body as { zh?: string; en?: string };
  return new LoadStopped(
    `示例载入中止：${at}（${status}）：${zh ?? ''} / The example's load stopped at ${at} (${status}): ${en ?? ''}`,
  );
}
