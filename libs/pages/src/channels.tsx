import { isRefusal, listChannels, listCommitments, listUnits, type Operation, type Page, type Refusal } from '#contracts';
import { page } from './layout.js';
import { refused } from './notice.js';
import { type AskHouse, type Here, type PageAnswer } from './site.js';
import { categoryNames, channelKindNames, chineseDate } from './words.js';

/** What the channels room answers, as far as the page needs it. */
interface Channel {
  id: string;
  name: string;
  kind: string;
  openedOn?: string;
  columns?: { name: string; kind?: string; interactive?: boolean }[];
  confirmation?: string;
  routing?: { categories: string[]; from: string }[];
  closedOn?: string;
}
interface Commitment {
  id: string;
  unit: string;
  text: string;
  channels?: string[];
  from?: string;
  to?: string;
  endedOn?: string;
}

export async function channelsPage(here: Here, ask: AskHouse): Promise<PageAnswer> {
  const [channels, commitments, units] = await Promise.all([
    every<Channel>(ask, listChannels),
    every<Commitment>(ask, listCommitments),
    every<{ id: string; name: string }>(ask, listUnits),
  ]);
  if (isRefusal(channels)) return refused(here, channels, { place: 'channels' });
  const nameOf = (known: readonly { id: string; name: string }[] | Refusal) => (id: string) =>
    isRefusal(known) ? id : (known.find(one => one.id === id)?.name ?? id);
  return page(here, {
    title: '公开渠道',
    place: 'channels',
    children: (
      <>
        <h1>公开渠道</h1>
        {channels.length === 0 ? (
          <p class="empty">目前还没有开通渠道。</p>
        ) : (
          <div class="channels">
            {channels.map(channel => (
              <ChannelCard key={channel.id} channel={channel} />
            ))}
          </div>
        )}
        <section aria-labelledby="commitments">
          <h2 id="commitments">公开承诺</h2>
          {isRefusal(commitments) ? (
            <p role="alert">{commitments.zh}</p>
          ) : commitments.length === 0 ? (
            <p class="empty">目前还没有公开承诺。</p>
          ) : (
            <ul class="commitments">
              {commitments.map(commitment => (
                <CommitmentItem
                  key={commitment.id}
                  commitment={commitment}
                  unitName={nameOf(units)}
                  channelName={nameOf(channels)}
                />
              ))}
            </ul>
          )}
        </section>
      </>
    ),
  });
}

const pagesMax = 20;

async function every<T>(ask: AskHouse, operation: Operation): Promise<T[] | Refusal> {
  const items: T[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < pagesMax; pages++) {
    const reply: { ok: Page<T> } | Refusal = await ask<Page<T>>(operation, { limit: 200, ...(after === null ? {} : { after }) });
    if (isRefusal(reply)) return reply;
    items.push(...reply.ok.items);
    after = reply.ok.next;
    if (after === null) break;
  }
  return items;
}

function ChannelCard({ channel }: { channel: Channel }) {
  const { columns = [], routing = [] } = channel;
  const kind = channelKindNames[channel.kind] ?? channel.kind;
  const columnsOf = (topic: boolean) => columns.filter(({ kind }) => (kind === 'topic') === topic);
  return (
    <section class="channel" aria-labelledby={`channel-${channel.id}`}>
      <h2 id={`channel-${channel.id}`}>{channel.name}</h2>
      <p class="meta">
        {kind !== channel.name && <span>{kind}</span>}
        {channel.openedOn && <span>{chineseDate(channel.openedOn)}开通</span>}
        {channel.closedOn && <strong>{chineseDate(channel.closedOn)}关闭</strong>}
      </p>
      {columns.length + routing.length > 0 && (
        <dl>
          {[...routing]
            .sort((a, b) => a.from.localeCompare(b.from))
            .map(({ categories, from }) => (
              <div key={from}>
                <dt>自{chineseDate(from)}起发布</dt>
                <dd>{categories.map(category => categoryNames[category] ?? category).join('、') || '不再发布信息'}</dd>
              </div>
            ))}
          <Names title="栏目" names={columnsOf(false)} />
          <Names title="专题" names={columnsOf(true)} />
        </dl>
      )}
    </section>
  );
}

function Names({ title, names }: { title: string; names: NonNullable<Channel['columns']> }) {
  if (names.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <ul class="names">
          {names.map(({ name, interactive }) => (
            <li key={name}>
              {name}
              {interactive && <span class="meta">（互动）</span>}
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}

interface NamedCommitment {
  commitment: Commitment;
  unitName: (id: string) => string;
  channelName: (id: string) => string;
}

function CommitmentItem({ commitment, unitName, channelName }: NamedCommitment) {
  const { unit, text, channels = [], from, to, endedOn } = commitment;
  return (
    <li>
      <p>{text}</p>
      <p class="meta">
        <span>{unitName(unit)}</span>
        {channels.length > 0 && <span>公布于{channels.map(channelName).join('、')}</span>}
        {from && (
          <span>
            自{chineseDate(from)}起{to && `，至${chineseDate(to)}止`}
          </span>
        )}
        {endedOn && <strong>{chineseDate(endedOn)}终止</strong>}
      </p>
    </li>
  );
}
