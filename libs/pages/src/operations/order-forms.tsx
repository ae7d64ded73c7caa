import type { GenerationStatus } from '#projections';
import type { Desk, ProjectionDetail } from './desk.js';
import { OrderForm } from './parts.js';
import { generationStates, orderNames } from './words.js';

/** What can be ordered of a projection as it stands; what rules refuse all the same is said when it is tried. */
export function OrderForms({ desk, detail }: { desk: Desk; detail: ProjectionDetail }) {
  const { paused, generations, active } = detail;
  const others = generations.filter(({ number }) => number !== active);
  const candidates = others.filter(({ state }) => state === 'ready' || state === 'failed');
  return (
    <section aria-labelledby="orders">
      <h2 id="orders">命令</h2>
      <p class="legend">每项命令都留下事件：谁、何时、为何。</p>
      <div class="order-forms">
        {!paused && (
          <OrderForm
            desk={desk}
            order="rebuild"
            title={orderNames.rebuild}
            what="从第一个事件另建一代，核对后切换；读者照常使用现有的一代。"
          >
            <label class="field">
              <input type="checkbox" name="hold" /> 核对后等待切换
            </label>
          </OrderForm>
        )}
        <OrderForm desk={desk} order="verify" title={orderNames.verify} what="与日志逐类型比数，抽查的键逐字节重算。" />
        {candidates.length > 0 && !paused && (
          <OrderForm desk={desk} order="switch" title={orderNames.switch} what="读者改看另一代；现有的一代保留，可回退。">
            <GenerationChoice order="switch" generations={candidates} />
            <label class="field">
              <input type="checkbox" name="force" /> 未通过核对也切换
            </label>
          </OrderForm>
        )}
        {others.some(({ state }) => state === 'retiring') && (
          <OrderForm desk={desk} order="rollback" title={orderNames.rollback} what="读者回到上次切换前的一代。" />
        )}
        {others.length > 0 && (
          <OrderForm desk={desk} order="drop" title={orderNames.drop} what="删除不在使用的一代及其文档。">
            <GenerationChoice order="drop" generations={others} />
          </OrderForm>
        )}
        {!paused && (
          <OrderForm
            desk={desk}
            order="rebuild-key"
            title={orderNames['rebuild-key']}
            what="只重算一个键的文档，同时照常处理新事件。"
          >
            <div class="field">
              <label for="key-of">键</label>
              <input id="key-of" name="key" maxLength={250} required placeholder="catalogue.record-…" />
            </div>
          </OrderForm>
        )}
        {paused ? (
          <OrderForm desk={desk} order="resume" title={orderNames.resume} what="从停下的地方继续。" />
        ) : (
          <OrderForm desk={desk} order="pause" title={orderNames.pause} what="处理完当前一批后停下；查询照常，但不再更新。" />
        )}
      </div>
    </section>
  );
}

function GenerationChoice({ order, generations }: { order: string; generations: readonly GenerationStatus[] }) {
  const id = `generation-${order}`;
  return (
    <div class="field">
      <label for={id}>代</label>
      <select id={id} name="generation">
        {generations.map(({ number, state }) => (
          <option key={number} value={number}>
            第 {number} 代（{generationStates[state].word}）
          </option>
        ))}
      </select>
    </div>
  );
}
