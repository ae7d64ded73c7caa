import type { ComponentChildren } from 'preact';
import { getDeadLetter, isRefusal } from '#contracts';
import type { ShownLetter } from '#projections';
import { page } from '../layout.js';
import { refused, statusOf } from '../notice.js';
import type { Here, PageAnswer } from '../site.js';
import type { Desk } from './desk.js';
import { OrderForm, Said, Shape } from './parts.js';
import { letterStates, orderNames } from './words.js';

type Shown = ShownLetter & { behindTotal: number };

/** A dead letter with its event, and what can be done about it. */
export async function deadLetterPage(desk: Desk, projection: string, position: string): Promise<PageAnswer> {
  const { here, ask, said, mayOrder } = desk;
  const found = await ask<{ items: Shown[] }>(getDeadLetter, { projection, position });
  if (isRefusal(found)) return refused(here, found);
  const { items } = found.ok;
  const { event } = items[0]!;
  const open = items.some(({ letter }) => letter.state !== 'skipped' && letter.state !== 'applied');
  return page(here, {
    title: `死信 ${position} · 运维`,
    status: isRefusal(said) ? statusOf[said.refused] : 200,
    children: (
      <>
        <p class="crumbs">
          <a href={here.to('/ops')}>运维</a> › <a href={here.to(`/ops/projections/${projection}`)}>{projection}</a> › 死信
        </p>
        <h1>死信：位置 {position}</h1>
        <Said {...(said ? { said } : {})} />
        {items.map(shown => (
          <Letter key={shown.letter.generation} here={here} {...shown} />
        ))}
        <h2>事件</h2>
        {event ? (
          <>
            <p class="meta">
              {event.stream} 第 {event.revision} 号，{event.metadata.name}记录于 {event.metadata.recordedAt}
            </p>
            <pre class="scroll">
              <code>{JSON.stringify(event.data, null, 2)}</code>
            </pre>
          </>
        ) : (
          <p class="empty">事件已不在日志中。</p>
        )}
        {open && mayOrder && (
          <section aria-labelledby="orders">
            <h2 id="orders">命令</h2>
            <div class="order-forms">
              <OrderForm
                desk={desk}
                order="retry"
                title={orderNames.retry}
                what="修好程序后：再处理一次，成功后依次处理等在其后的。"
              />
              <OrderForm desk={desk} order="skip" title={orderNames.skip} what="永久略过这个事件，依次处理等在其后的。" />
            </div>
          </section>
        )}
      </>
    ),
  });
}

function Letter({ here, letter, before, behind, behindTotal }: Shown & { here: Here }) {
  const { projection, generation, type, key, state, error, attempts, lastAt, by, reason } = letter;
  return (
    <dl class="metadata">
      <Row name="代">第 {generation} 代</Row>
      <Row name="状态">
        <Shape {...letterStates[state]} />
      </Row>
      <Row name="事件">{type}</Row>
      <Row name="键">{key}</Row>
      <Row name="处理">
        {attempts} 次，最近 {lastAt}
      </Row>
      {error !== '' && <Row name="错误">{error.split(' / ')[0]}</Row>}
      {reason !== undefined && (
        <Row name="跳过">
          {by}：{reason}
        </Row>
      )}
      {before.length > 0 && (
        <Row name="先处理">
          {before.map(({ position }) => (
            <a key={position} href={here.to(`/ops/dead-letters/${projection}/${position}`)}>
              {position}{' '}
            </a>
          ))}
        </Row>
      )}
      {behind.length > 0 && <Row name="等在其后">{behindTotal} 个事件</Row>}
    </dl>
  );
}

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
