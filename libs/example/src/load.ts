import { Api, type Command, LoadStopped, type Session } from './api.js';
import { type ChannelRow, type ExampleData, readExample, type RecordRow, type Row } from './files.js';

export { LoadStopped };

const example = 'sichuan-2013';
const year = 2013;
/** The year's entries that carry no date of their own are dated on its last day. */
const yearEndOn = `${year}-12-31`;
const lanes = 16;
const late = { source: '示例数据 examples/sichuan-2013', reason: '示例年度补录' };

export interface LoadOptions {
  /** `http://127.0.0.1:3000` */
  address: string;
  folder: string;
  progress?: (done: number, total: number) => void;
  /** Tokens from elsewhere than the development sign-in. */
  session?: Session;
}

/**
 * Loads the example year by the API's own commands, as an office would have entered it late. Every command has a fixed
 * Idempotency-Key, so that a load that was cut off is simply run again.
 * @throws LoadStopped naming the row
 */
export async function loadExample({ address, folder, progress, session }: LoadOptions): Promise<void> {
  let data: ExampleData;
  try {
    data = readExample(folder);
  } catch (error) {
    throw new LoadStopped(
      `示例数据读不懂：${(error as Error).message} / The example cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const total = countOf(data);
  let done = 0;
  const api = new Api(address, session);
  const load = new Load(async command => {
    const id = await api.send(command);
    progress?.(++done, total);
    return id;
  });
  progress?.(0, total);
  await load.organisation(data);
  const records = await load.records(data.records);
  await Promise.all([load.outreach(data, records), load.requests(data), load.report(data)]);
  await load.deliveries(data, records);
}

class Load {
  constructor(private readonly send: (command: Command) => Promise<string>) {}

  async organisation({ units, channels, outlets }: ExampleData): Promise<void> {
    await inLanes(units, async ({ at, id, name, kind, designatedPerson, from }) => {
      await this.officer(at, '/units', `${id}:unit`, { id, name, kind, occurredOn: from });
      await this.officer(at, `/units/${id}/designations`, `${id}:designation`, {
        person: designatedPerson,
        from,
        occurredOn: from,
      });
    });
    await inLanes(channels, channel => this.channel(channel));
    await inLanes(outlets, ({ at, id, name, tier, from }) =>
      this.officer(at, '/outlets', `${id}:outlet`, { id, name, tier, from, occurredOn: from }),
    );
    const from = '2008-05-01';
    await this.officer('receipt-practice', '/receipt-practices', 'receipt-practice', {
      from,
      letter: 'arrival',
      forwarded: 'arrival',
      fax: 'confirmation',
      online: 'confirmation',
      basis: '【示例】信函以到达日为收到日，传真和网上申请以确认日为收到日；本条为示例，并非该厅的规定。',
      occurredOn: from,
    });
  }

  private async channel({
    at,
    id,
    name,
    kind,
    openedOn,
    columns,
    topics,
    interactiveColumns,
    categories,
    confirmation,
  }: Row<ChannelRow>): Promise<void> {
    const from = openedOn + '-01-01'.slice(openedOn.length - 4);
    const column = (kind: 'column' | 'topic') => (name: string) => ({
      name,
      kind,
      interactive: interactiveColumns.includes(name),
    });
    await this.officer(at, '/channels', `${id}:channel`, {
      id,
      name,
      kind,
      openedOn,
      columns: [...columns.map(column('column')), ...topics.map(column('topic'))],
      confirmation,
      occurredOn: from,
    });
    if (categories.length > 0)
      await this.officer(at, `/channels/${id}/routing`, `${id}:routing`, { categories, from, occurredOn: from });
  }

  /** Ids by key. Steps run in parallel, but publications one after the other: they hand out index numbers, which must not depend on chance. */
  async records(rows: ExampleData['records']): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    const inOrder = [...rows].sort((a, b) => (a.publishedOn < b.publishedOn ? -1 : a.publishedOn > b.publishedOn ? 1 : 0));
    const turns = inOrder.map(row => ({ row, publication: deferred() }));
    await inLanes([...turns.entries()], async ([index, { row, publication }]) => {
      const id = await this.recordUntilApproved(row);
      ids.set(row.key, id);
      await turns[index - 1]?.publication.promise;
      await this.officer(`${row.at} publication`, `/records/${id}/publication`, `${row.key}:publication`, {
        occurredOn: row.publishedOn,
      });
      publication.resolve();
    });
    return ids;
  }

  private async recordUntilApproved(row: Row<RecordRow>): Promise<string> {
    const { at, key, unit, title, body, category, topic, content, documentNumber, formedOn } = row;
    const id = await this.collector(`${at} collect`, '/records', `${key}:collect`, {
      unit,
      title,
      body,
      category,
      topic,
      content,
      ...given({ documentNumber }),
      formedOn,
      occurredOn: row.collectedOn,
    });
    await this.collector(`${at} first-review`, `/records/${id}/first-review`, `${key}:first-review`, {
      occurredOn: row.firstReviewedOn,
    });
    await this.collector(`${at} submission`, `/records/${id}/submission`, `${key}:submission`, { occurredOn: row.submittedOn });
    await this.officer(`${at} secrecy-review`, `/records/${id}/secrecy-review`, `${key}:secrecy-review`, {
      occurredOn: row.secrecyReviewedOn,
    });
    await this.officer(`${at} approval`, `/records/${id}/approval`, `${key}:approval`, { occurredOn: row.approvedOn });
    return id;
  }

  async outreach({ placements, posts, commitments }: ExampleData, records: ReadonlyMap<string, string>): Promise<void> {
    await inLanes(placements, ({ at, key, outlet, title, publishedOn }) =>
      this.officer(at, '/placements', key, { outlet, title, occurredOn: publishedOn }),
    );
    await inLanes(posts, async ({ at, key, postedOn, text, record }) => {
      if (record !== '' && !records.has(record))
        throw new LoadStopped(
          `示例载入中止：${at}：没有信息 ${record}。 / The example's load stopped at ${at}: there is no record ${record}.`,
        );
      await this.officer(at, '/posts', key, {
        text,
        ...given({ record: record === '' ? null : records.get(record) }),
        occurredOn: postedOn,
      });
    });
    await inLanes(commitments, ({ at, key, unit, text, channels, from, to }) =>
      this.officer(at, '/commitments', key, { unit, text, channels, from, ...given({ to }), occurredOn: from }),
    );
  }

  async requests({ requests }: ExampleData): Promise<void> {
    await inLanes(requests, async row => {
      const { at, key, path, form, applicantType, subject, forwardedBy, forwardingLetter, forwardedOn, outcome, note } = row;
      const id = await this.officer(`${at} registration`, '/requests', `${key}:registration`, {
        path,
        form,
        applicantType,
        subject,
        ...(forwardedBy ? { forwarding: { by: forwardedBy, ...given({ letter: forwardingLetter }), on: forwardedOn } } : {}),
        occurredOn: row.arrivedOn,
      });
      await this.officer(`${at} receipt`, `/requests/${id}/receipt`, `${key}:receipt`, { occurredOn: row.receivedOn });
      await this.officer(`${at} answer`, `/requests/${id}/answer`, `${key}:answer`, {
        outcome,
        note,
        occurredOn: row.answeredOn,
      });
      await this.officer(`${at} closing`, `/requests/${id}/closing`, `${key}:closing`, { occurredOn: row.closedOn });
    });
  }

  async report({ attestations, institutions, campaigns, trainings, problems, measures, sections }: ExampleData): Promise<void> {
    const occurredOn = yearEndOn;
    await inLanes(attestations, ({ at, key, year, value, qualifier, scope, source, saidBy, statedOn }) =>
      this.officer(at, '/attestations', `${key}:attestation`, {
        year,
        key,
        value,
        ...given({ qualifier }),
        scope,
        source,
        saidBy,
        statedOn,
        occurredOn: statedOn,
      }),
    );
    // One after the other: the report lists them in the order in which they were recorded.
    for (const { at, key, what, status, on, says } of institutions) {
      await this.officer(at, '/institutions', key, { year, what, status, ...given({ on }), says, occurredOn });
    }
    for (const { at, key, name, year } of campaigns)
      await this.officer(at, '/campaigns', key, { year, name, occurredOn: `${year}-12-31` });
    for (const { at, key, kind, form, subject, audience, on } of trainings) {
      await this.officer(at, '/trainings', key, { kind, form, subject, audience, occurredOn: on });
    }
    const problemIds = new Map<string, string>();
    for (const { at, key, text } of problems)
      problemIds.set(key, await this.officer(at, '/problems', key, { year, text, occurredOn }));
    for (const { at, key, text, problem } of measures) {
      await this.officer(at, '/measures', key, { year, text, ...given({ problem: problemIds.get(problem) }), occurredOn });
    }
    for (const { at, key, text } of sections) {
      await this.officer(at, `/reports/${year}/sections/${key}`, `${key}:section`, { text, invented: true, occurredOn });
    }
  }

  async deliveries({ channels, records }: ExampleData, ids: ReadonlyMap<string, string>): Promise<void> {
    await inLanes(confirmedByHand(channels, records), ({ record: { at, key, publishedOn }, channel }) =>
      this.send({
        ...this.step(
          'example-officer',
          `${at} delivery ${channel.id}`,
          `/deliveries/${ids.get(key)}.${channel.id}/confirmation`,
          `${key}:delivery:${channel.id}`,
          { occurredOn: publishedOn },
        ),
        mayBeLate: true,
      }),
    );
  }

  private officer(at: string, path: string, key: string, body: Record<string, unknown>): Promise<string> {
    return this.send(this.step('example-officer', at, path, key, body));
  }

  private collector(at: string, path: string, key: string, body: Record<string, unknown>): Promise<string> {
    return this.send(this.step('example-collector', at, path, key, body));
  }

  private step(person: Command['person'], at: string, path: string, key: string, body: Record<string, unknown>): Command {
    return { at, person, path, key: `${example}:${key}`, body: { ...late, ...body } };
  }
}

function confirmedByHand(channels: readonly ChannelRow[], records: ExampleData['records']) {
  const manual = channels.filter(channel => channel.confirmation === 'manual');
  return records.flatMap(record =>
    manual.filter(channel => channel.categories.includes(record.category)).map(channel => ({ record, channel })),
  );
}

const stepsOfRecord = 6;
const stepsOfRequest = 4;

function countOf(data: ExampleData): number {
  const routed = data.channels.filter(channel => channel.categories.length > 0).length;
  const single = [
    data.channels,
    data.outlets,
    data.placements,
    data.posts,
    data.commitments,
    data.attestations,
    data.institutions,
    data.campaigns,
    data.trainings,
    data.problems,
    data.measures,
    data.sections,
  ];
  return (
    2 * data.units.length +
    routed +
    1 +
    stepsOfRecord * data.records.length +
    stepsOfRequest * data.requests.length +
    single.reduce((sum, rows) => sum + rows.length, 0) +
    confirmedByHand(data.channels, data.records).length
  );
}

/** Works through the items in order, at most sixteen at a time; the first failure stops the rest. */
async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>(done => (resolve = done));
  return { promise, resolve };
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== ''));
}
