import type { Actor, Refusal } from '#contracts';
import { Kept, page } from '../layout.js';
import { statusOf } from '../notice.js';
import type { Here, PageAnswer } from '../site.js';

/** Where an operator gives a token once; on a desk there are people to choose from. Afterwards, back to the page that was asked for. */
export function signIn(
  here: Here,
  { people, refusal }: { people: readonly Pick<Actor, 'person' | 'name'>[]; refusal?: Refusal },
): PageAnswer {
  return page(here, {
    title: '运维登录',
    status: refusal ? statusOf[refusal.refused] : 200,
    children: (
      <div class="notice">
        <h1>运维登录</h1>
        {refusal && <p role="alert">{refusal.zh}</p>}
        {people.length > 0 && (
          <form method="post" action="/ops/session">
            <Back here={here} />
            <label for="person">开发登录</label>
            <select id="person" name="person">
              {people.map(({ person, name }) => (
                <option key={person} value={person}>
                  {name}
                </option>
              ))}
            </select>
            <button type="submit">登录</button>
          </form>
        )}
        <form method="post" action="/ops/session">
          <Back here={here} />
          <label for="token">令牌（角色 operator）</label>
          <input id="token" name="token" type="password" maxLength={8192} autocomplete="off" required />
          <button type="submit">用令牌登录</button>
        </form>
      </div>
    ),
  });
}

function Back({ here }: { here: Here }) {
  return (
    <>
      <input type="hidden" name="to" value={here.path} />
      <Kept here={here} />
    </>
  );
}
