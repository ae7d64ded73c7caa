/** Puts what the server sends into the page as it is: the only script of the site, and only operators meet it. */
export const liveScript = `
const live = document.getElementById('live');
const state = document.getElementById('live-state');
const source = new EventSource(live.dataset.from);
source.onmessage = event => {
  const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  const fragment = new DOMParser().parseFromString(JSON.parse(event.data), 'text/html');
  const open = [...live.querySelectorAll('details')].map(details => details.open);
  live.replaceChildren(...fragment.body.childNodes);
  live.querySelectorAll('details').forEach((details, index) => (details.open = open[index] ?? false));
  for (const link of live.querySelectorAll('a')) if (link.getAttribute('href') === focused) link.focus();
  state.textContent = '';
};
source.onerror = () => {
  state.textContent = source.readyState === EventSource.CLOSED
    ? '▲ 实时更新已停止，请刷新页面；以上是最后所见。'
    : '▲ 连接中断，正在重新连接；以上是最后所见。';
};
`;
