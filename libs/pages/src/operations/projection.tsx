import { getProjection, isRefusal, type Refusal } from '#contracts';
import type { GenerationStatus, PastOrder } from '#projections';
import { page } from '../layout.js';
import { refused, statusOf } from '../notice.js';
import type { PageAnswer } from '../site.js';
import type { Desk, ProjectionDetail } from './desk.js';
import { OrderForms } from './order-forms.js';
import { Life, Live, Said, Stage } from './parts.js';
import { lagWords, letterCounts, orderNames } from './words.js';

/** One projection: how it stands, that nothing is missing, what can be ordered, and what was. */
export async function projectionPage(desk: Desk, name: string): Promise<PageAnswer> {
  const { here, ask, said, mayOrder } = desk;
  const found = await ask<ProjectionDetail>(getProjection, { projection: name });
  if (isRefusal(found)) return refused(here, found);
  const detail = found.ok;
  return page(here, {
    title: `${name} · 运维`,
    status: isRefusal(said) ? statusOf[said.refused] : 200,
    children: (
      <>
        <p class="crumbs">
          <a href={here.to('/ops')}>运维</a> › {name}
        </p>
        <h1>视图 {name}</h1>
        <Said {...(said ? { said } : {})} />
        <Live desk={desk} projection={name}>
          <ProjectionPart {...detail} />
        </Live>
        {mayOrder && <OrderForms desk={desk} detail={detail} />}
      </>
    ),
  });
}

export async function projectionPart({ ask }: Desk, name: string) {
  const found = await ask<ProjectionDetail>(getProjection, { projection: name });
  return isRefusal(found) ? (found satisfies Refusal) : <ProjectionPart {...found.ok} />;
}

function ProjectionPart(detail: ProjectionDetail) {
  const { room, version, generations, active, orders } = detail;
  const seen = generations.find(({ number }) => number === active);
  return (
    <>
      <p>
        <Life {...detail} />
        <span class="note">
          服务 {room}，程序为第 {version} 版
        </span>
      </p>
      {generations.length === 0 ? (
        <p class="empty">还没有建立过。</p>
      ) : (
        <div class="scroll">
          <table class="operations">
            <thead>
              <tr>
                <th scope="col">代</th>
                <th scope="col">状态</th>
                <th scope="col">版本</th>
                <th scope="col">位置</th>
                <th scope="col">落后</th>
                <th scope="col">死信</th>
                <th scope="col">处理者</th>
              </tr>
            </thead>
            <tbody>
              {generations.map(generation => (
                <GenerationRow key={generation.number} {...generation} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {seen && <Completeness {...seen} />}
      <Orders orders={orders} />
    </>
  );
}

function GenerationRow(generation: GenerationStatus) {
  const { number, version, position, deadLetters, owner } = generation;
  return (
    <tr>
      <th scope="row">第 {number} 代</th>
      <td>
        <Stage {...generation} />
      </td>
      <td>{version}</td>
      <td>{position}</td>
      <td>{lagWords(generation)}</td>
      <td>{letterCounts(deadLetters)}</td>
      <td title={owner ?? ''}>{owner?.replace(instance, '') ?? '无'}</td>
    </tr>
  );
}

/** What tells two starts of one process apart is nothing to look at. */
const instance = / [0-9a-f-]{36}$/;

/** Accounted for against stored, of what readers see. */
function Completeness({ complete }: GenerationStatus) {
  if (!complete) return null;
  const { proven, position, types, missing } = complete;
  const wrong = new Set(missing.map(({ type }) => type));
  return (
    <details>
      <summary>
        {proven ? `✓ 完整：到位置 ${position}，已计入的事件与日志逐类型相等` : `▲ 不完整：到位置 ${position}，与日志不符`}
      </summary>
      <div class="scroll">
        <table class="operations">
          <thead>
            <tr>
              <th scope="col">事件</th>
              <th scope="col">日志中</th>
              <th scope="col">已计入</th>
              <th scope="col">位置散列</th>
            </tr>
          </thead>
          <tbody>
            {types.map(({ type, stored, seen, hash }) => (
              <tr key={type}>
                <th scope="row">
                  {wrong.has(type) && '▲ '}
                  {type}
                </th>
                <td>{stored}</td>
                <td>{seen}</td>
                <td>
                  <code>{hash}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Orders({ orders }: { orders: readonly PastOrder[] }) {
  if (orders.length === 0) return null;
  return (
    <details>
      <summary>最近的命令（{orders.length}）</summary>
      <ol class="orders">
        {orders.map(({ ordered, name, recordedAt, position }) => (
          <li key={position}>
            <time dateTime={recordedAt}>{recordedAt}</time> {name}：{orderNames[ordered.order]}
            {'generation' in ordered && ordered.generation !== undefined && `第 ${ordered.generation} 代`}
            <span class="note">
              {ordered.reason}（事件位置 {position}）
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
