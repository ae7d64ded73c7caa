import { renderToString } from 'preact-render-to-string';
import { isRefusal, listDeadLetters, listProjections, type Refusal } from '#contracts';
import type { DeadLetter, ProjectionStatus } from '#projections';
import { converted, page } from './layout.js';
import { refused } from './notice.js';
import { GenerationRows, lifeOf, type RoomProjection } from './operations-rows.js';
import type { AskHouse, Here, PageAnswer } from './site.js';

export type { RoomProjection } from './operations-rows.js';

interface Listed<T> {
  items: (T & { room: string })[];
  /** Rooms that did not answer. */
  silent: string[];
}

const deadLettersShown = 50;

/** What an operator looks at first: every projection with its lag and state, builds as they go on, and the dead letters. */
export async function operationsPage(here: Here, ask: AskHouse): Promise<PageAnswer> {
  const live = await liveOf(ask);
  if (isRefusal(live)) return refused(here, live);
  return page(here, {
    title: '运维',
    children: (
      <>
        <h1>运维：投影与死信</h1>
        <p class="meta">
          各项操作用命令 <code>npm run ops -- projections …</code> 或接口 <a href="/api/docs">/api/v1/operations</a>{' '}
          进行；每项操作都留下事件。
        </p>
        <form method="post" action="/ops/leaving">
          <button type="submit">退出</button>
        </form>
        <div id="live" data-from={here.to('/ops/live')} aria-live="off">
          <Live {...live} />
        </div>
        <p id="live-state" class="meta" role="status" />
        <script src="/ops/live.js" defer />
      </>
    ),
  });
}

/** The part of the page that is sent again whenever it has changed. */
export async function operationsFragment(here: Here, ask: AskHouse): Promise<string | Refusal> {
  const live = await liveOf(ask);
  return isRefusal(live) ? live : converted(here, renderToString(<Live {...live} />));
}

interface LiveParts {
  projections: Listed<ProjectionStatus>;
  deadLetters: Listed<DeadLetter>;
}

async function liveOf(ask: AskHouse): Promise<LiveParts | Refusal> {
  const [projections, deadLetters] = await Promise.all([
    ask<Listed<ProjectionStatus>>(listProjections, {}),
    ask<Listed<DeadLetter>>(listDeadLetters, {}),
  ]);
  if (isRefusal(projections)) return projections;
  if (isRefusal(deadLetters)) return deadLetters;
  return { projections: projections.ok, deadLetters: deadLetters.ok };
}

function Live({ projections, deadLetters }: LiveParts) {
  const { items, silent } = projections;
  return (
    <>
      {silent.length > 0 && <p role="alert">▲ 没有应答的服务：{silent.join('、')}</p>}
      <section aria-labelledby="projections">
        <h2 id="projections">投影</h2>
        <div class="scroll">
          <table class="operations">
            <thead>
              <tr>
                <th scope="col">投影</th>
                <th scope="col">状态</th>
                <th scope="col">代次</th>
                <th scope="col">进度</th>
                <th scope="col">落后</th>
                <th scope="col">完整</th>
                <th scope="col">死信</th>
              </tr>
            </thead>
            {items.map(item => (
              <ProjectionRows key={`${item.room}.${item.projection}`} {...item} />
            ))}
          </table>
        </div>
      </section>
      <section aria-labelledby="dead-letters">
        <h2 id="dead-letters">死信</h2>
        <DeadLetters items={deadLetters.items} />
      </section>
    </>
  );
}

function ProjectionRows(status: RoomProjection) {
  const { shape, word } = lifeOf(status);
  return (
    <tbody>
      <tr>
        <th scope="rowgroup">
          {status.projection}
          <span class="meta"> {status.room}</span>
        </th>
        <td colSpan={6}>
          <span aria-hidden="true">{shape}</span> {word}
          {status.paused && (
            <span class="meta">
              {' '}
              {status.paused.by}，{status.paused.at}：{status.paused.reason}
            </span>
          )}
        </td>
      </tr>
      <GenerationRows {...status} />
    </tbody>
  );
}

function DeadLetters({ items }: { items: readonly (DeadLetter & { room: string })[] }) {
  const open = items.filter(({ state }) => state !== 'applied');
  if (open.length === 0) return <p class="empty">没有死信。</p>;
  return (
    <div class="scroll">
      <table class="operations">
        <thead>
          <tr>
            <th scope="col">投影</th>
            <th scope="col">位置</th>
            <th scope="col">事件</th>
            <th scope="col">状态</th>
            <th scope="col">次数</th>
            <th scope="col">错误或原因</th>
          </tr>
        </thead>
        <tbody>
          {open.slice(0, deadLettersShown).map(letter => (
            <tr key={`${letter.projection}.${letter.generation}.${letter.position}`}>
              <td>
                {letter.projection} <span class="meta">第 {letter.generation} 代</span>
              </td>
              <td>{letter.position}</td>
              <td>
                {letter.type} <span class="meta">{letter.stream}</span>
              </td>
              <td>{letterWords[letter.state]}</td>
              <td>{letter.attempts}</td>
              <td>{letter.state === 'skipped' ? `${letter.by ?? ''}：${letter.reason ?? ''}` : letter.error}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {open.length > deadLettersShown && <p class="meta">另有 {open.length - deadLettersShown} 封，用命令查看。</p>}
    </div>
  );
}

const letterWords: Record<DeadLetter['state'], string> = {
  blocking: '▲ 挡住投影',
  parked: '■ 搁置',
  waiting: '◌ 排队等候',
  skipped: '– 已跳过',
  applied: '● 已补上',
};
