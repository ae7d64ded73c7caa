import { type Ask, type Operation, refuse, type Refusal } from '#contracts';
import { InDoubt, StoreUnavailable, UnknownEvent } from '#event-store';
import { MongoUnavailable } from '#mongo';
import type { Log } from '#platform';
import { inDoubt, storeUnavailable, viewsUnavailable } from './refusals.js';

/** A bug or an outage of ours: logged once, where it happened, under the asker's correlation id. */
export function refusalOfFault(log: Log, { subject }: Operation, { correlationId }: Ask, err: unknown): Refusal {
  if (err instanceof InDoubt || err instanceof StoreUnavailable) {
    const { name, message } = err;
    log.error({ correlationId, subject, name, message }, 'the event store did not answer');
    return err instanceof InDoubt ? inDoubt() : storeUnavailable();
  }
  if (err instanceof MongoUnavailable) {
    const { name, message } = err;
    log.error({ correlationId, subject, name, message }, 'MongoDB did not answer');
    return viewsUnavailable();
  }
  log.error({ err, correlationId, subject }, 'a fault');
  if (err instanceof UnknownEvent) return refuse('fault', 'event-unknown', { zh: err.zh, en: err.en });
  return refuse('fault', 'fault', {
    zh: `服务器出错，已记录，编号 ${correlationId}。`,
    en: `A fault of ours; it is logged under ${correlationId}.`,
  });
}
