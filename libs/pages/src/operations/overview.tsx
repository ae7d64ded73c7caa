import { isRefusal, listDeadLetters, listProjections, type Refusal } from '#contracts';
import { page } from '../layout.js';
import { refused } from '../notice.js';
import type { Here, PageAnswer } from '../site.js';
import type { DeadLetter, Desk, Listed, ProjectionStatus } from './desk.js';
import { Life, Live, Shape, Stage } from './parts.js';
import { lagWords, letterCounts, letterStates } from './words.js';

interface Overview {
  projections: Listed<ProjectionStatus>;
  deadLetters: Listed<DeadLetter>;
}

/** What an operator looks at first: every projection with its lag and state, builds as they go on, and the dead letters. */
export async function overviewPage(desk: Desk): Promise<PageAnswer> {
  const { here, actor } = desk;
  const found = await overview(desk);
  if (isRefusal(found)) return refused(here, found);
  return page(here, {
    title: '运维',
    children: (
      <>
        <h1>运维</h1>
        <form class="leaving" method="post" action={here.to('/ops/leaving')}>
          <span class="meta">{actor.name}</span>
          <button type="submit">退出</button>
        </form>
        <Live desk={desk}>
          <OverviewPart here={here} {...found} />
        </Live>
        <p class="legend">
          同样的操作也可用命令 <code>npm run ops -- projections</code> 或接口 <a href="/api/docs">/api/v1/operations</a>。
        </p>
      </>
    ),
  });
}

export async function overviewPart(desk: Desk) {
  const found = await overview(desk);
  return isRefusal(found) ? found : <OverviewPart here={desk.here} {...found} />;
}

async function overview({ ask }: Desk): Promise<Overview | Refusal> {
  const [projections, deadLetters] = await Promise.all([
    ask<Listed<ProjectionStatus>>(listProjections, {}),
    ask<Listed<DeadLetter>>(listDeadLetters, {}),
  ]);
  if (isRefusal(projections)) return projections;
  return isRefusal(deadLetters) ? deadLetters : { projections: projections.ok, deadLetters: deadLetters.ok };
}

function OverviewPart({ here, projections, deadLetters }: Overview & { here: Here }) {
  const silent = projections.silent ?? [];
  return (
    <>
      {silent.length > 0 && <p role="alert">▲ 没有应答的服务：{silent.join('、')}</p>}
      <section aria-labelledby="projections">
        <h2 id="projections">视图</h2>
        <div class="scroll">
          <table class="operations">
            <thead>
              <tr>
                <th scope="col">视图</th>
                <th scope="col">状态</th>
                <th scope="col">使用中</th>
                <th scope="col">落后</th>
                <th scope="col">死信</th>
                <th scope="col">另有</th>
              </tr>
            </thead>
            <tbody>
              {projections.items.map(item => (
                <ProjectionRow key={item.projection} here={here} {...item} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section aria-labelledby="dead-letters">
        <h2 id="dead-letters">死信</h2>
        <DeadLetterTable here={here} {...deadLetters} />
      </section>
    </>
  );
}

function ProjectionRow({ here, ...status }: ProjectionStatus & { here: Here }) {
  const { projection, room, active, generations } = status;
  const seen = generations.find(({ number }) => number === active);
  return (
    <tr>
      <th scope="row">
        <a href={here.to(`/ops/projections/${projection}`)}>{projection}</a> <span class="meta">{room}</span>
      </th>
      <td>
        <Life {...status} />
      </td>
      <td>{seen ? `第 ${seen.number} 代` : '—'}</td>
      <td>{seen ? lagWords(seen) : '—'}</td>
      <td>{seen ? letterCounts(seen.deadLetters) : '—'}</td>
      <td>
        {generations
          .filter(({ number }) => number !== active)
          .map(generation => (
            <div key={generation.number}>
              第 {generation.number} 代 <Stage {...generation} />
            </div>
          ))}
      </td>
    </tr>
  );
}

function DeadLetterTable({ here, total, items }: Listed<DeadLetter> & { here: Here }) {
  if (items.length === 0) return <p class="empty">没有待处理的死信。</p>;
  return (
    <>
      <div class="scroll">
        <table class="operations">
          <thead>
            <tr>
              <th scope="col">视图</th>
              <th scope="col">位置</th>
              <th scope="col">事件</th>
              <th scope="col">状态</th>
              <th scope="col">次数</th>
              <th scope="col">错误</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ projection, generation, position, type, stream, state, attempts, error }) => (
              <tr key={`${projection}.${generation}.${position}`}>
                <td>
                  {projection} <span class="meta">第 {generation} 代</span>
                </td>
                <td>
                  <a href={here.to(`/ops/dead-letters/${projection}/${position}`)}>{position}</a>
                </td>
                <td>
                  {type}
                  <span class="note">{stream}</span>
                </td>
                <td>
                  <Shape {...letterStates[state]} />
                </td>
                <td>{attempts}</td>
                <td>{error.split(' / ')[0]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > items.length && (
        <p class="meta">
          共 {total} 封，其余用 <code>ops dead-letters list</code> 查看。
        </p>
      )}
    </>
  );
}
