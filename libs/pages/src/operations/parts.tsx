import type { ComponentChildren } from 'preact';
import { isRefusal } from '#contracts';
import type { GenerationStatus, ProjectionStatus } from '#projections';
import { Kept } from '../layout.js';
import type { Desk } from './desk.js';
import { generationStates, lifeOf } from './words.js';

/** The word is read aloud, the shape is not. */
export function Shape({ shape, word }: { shape: string; word: string }) {
  return (
    <span class="state">
      <span aria-hidden="true">{shape}</span> {word}
    </span>
  );
}

export function Life(status: ProjectionStatus) {
  const { paused } = status;
  return (
    <>
      <Shape {...lifeOf(status)} />
      {paused && (
        <span class="note">
          {paused.by}，{paused.at}：{paused.reason}
        </span>
      )}
    </>
  );
}

/** A generation's state; while it is built, how far. */
export function Stage({ state, number, progress, error }: GenerationStatus) {
  const percent = Math.floor(progress * 100);
  return (
    <>
      <Shape {...generationStates[state]} />
      {['building', 'catching-up', 'verifying'].includes(state) && (
        <>
          {' '}
          <progress max={100} value={percent} aria-label={`第 ${number} 代的进度`} /> {percent}%
        </>
      )}
      {error !== undefined && <span class="note">{error.split(' / ')[0]}</span>}
    </>
  );
}

/** What the order that was just sent came to. */
export function Said({ said }: Pick<Desk, 'said'>) {
  if (!said) return null;
  const done = !isRefusal(said) && said.ok;
  return (
    <p role={done ? 'status' : 'alert'} class="said">
      <span aria-hidden="true">{done ? '✓' : '▲'}</span> {said.zh}
      {!isRefusal(said) && <span class="note">命令记于位置 {said.position}</span>}
    </p>
  );
}

/** One order, as a form of its own: what it does, why it is wanted. */
export function OrderForm({
  desk,
  order,
  title,
  what,
  children,
}: {
  desk: Desk;
  order: string;
  title: string;
  what: string;
  children?: ComponentChildren;
}) {
  const reason = `reason-${order}`;
  return (
    <form class="order" method="post" action={desk.here.to(desk.here.path)} aria-labelledby={`order-${order}`}>
      <h3 id={`order-${order}`}>{title}</h3>
      <p class="note">{what}</p>
      <input type="hidden" name="order" value={order} />
      <input type="hidden" name="once" value={`${desk.formKey}.${order}`} />
      <Kept here={desk.here} />
      {children}
      <div class="field">
        <label for={reason}>原因</label>
        <input id={reason} name="reason" maxLength={300} required placeholder="不含个人信息" />
      </div>
      <button type="submit">{title}</button>
    </form>
  );
}

/** Replaced by what the server sends; without a script it stays as it was. */
export function Live({ desk, projection, children }: { desk: Desk; projection?: string; children: ComponentChildren }) {
  return (
    <>
      <div id="live" data-from={desk.here.to('/ops/live', { projection })}>
        {children}
      </div>
      <p id="live-state" class="meta" role="status" />
      <script src="/ops/live.js" defer />
    </>
  );
}
