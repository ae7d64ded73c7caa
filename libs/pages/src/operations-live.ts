/** Puts what the server sends into the page as it is: the only script of the site, and only operators meet it. */
export const liveScript = `
const live = document.getElementById('live');
const state = document.getElementById('live-state');
const source = new EventSource(live.dataset.from);
source.onmessage = event => {
  const fragment = new DOMParser().parseFromString(JSON.parse(event.data), 'text/html');
  live.replaceChildren(...fragment.body.childNodes);
  state.textContent = '';
};
source.onerror = () => {
  state.textContent = '▲ 连接中断，正在重新连接；以上是最后所见。';
};
`;
