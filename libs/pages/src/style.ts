/** One stylesheet, system fonts only: nothing is fetched from elsewhere and nothing runs in the reader's browser. */
export const style = `
:root {
  --ink: #1f2328; --soft: #575c64; --line: #dcd6cb; --paper: #fff; --ground: #f8f6f2;
  --red: #9b1c1f; --blue: #1f4e79; --brown: #7a4a00;
  --sans: "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif;
  --serif: "Songti SC", "Noto Serif CJK SC", "Source Han Serif SC", "STSong", "SimSun", serif;
}
:lang(zh-Hant) {
  --sans: "PingFang TC", "Microsoft JhengHei", "Noto Sans CJK TC", "Source Han Sans TC", sans-serif;
  --serif: "Songti TC", "Noto Serif CJK TC", "Source Han Serif TC", "PMingLiU", serif;
}
* { box-sizing: border-box; }
html { font: 16px/1.75 var(--sans); color: var(--ink); background: var(--ground); -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: break-word; min-height: 100vh; display: flex; flex-direction: column; }
.wide { width: 100%; max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
h1, h2, h3, h4, .brand-authority { font-family: var(--serif); line-height: 1.4; font-weight: 700; text-wrap: balance; }
h1 { font-size: 1.75rem; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
h4 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: 0 0 .9rem; }
ul, ol { padding: 0; margin: 0; }
li { list-style: none; }
dl, dd, figure { margin: 0; }
a { color: var(--red); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid #1f5fbf; outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; z-index: 2; background: var(--paper); padding: .5rem 1rem; }
code { font: .85em/1.5 ui-monospace, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
mark { background: none; color: var(--brown); border: 1px solid currentColor; border-radius: 2px; padding: 0 .3em; font: 500 .75rem/1.5 var(--sans); white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .6rem .75rem .6rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: .875rem; border-bottom: 1px solid var(--ink); white-space: nowrap; }
td.number, td time { white-space: nowrap; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .5rem; }
.scroll { overflow-x: auto; }
.meta { color: var(--soft); font-size: .875rem; margin: 0; }
.meta > * + * { margin-left: 1.25rem; }
.empty, .lead, .legend, .remark, .total { color: var(--soft); }
.empty { padding: 2rem 0; }
.legend, .remark, .total { font-size: .875rem; }

.example { margin: 0; padding: .45rem 1.25rem; background: #fdf1d7; color: #5c3900; border-bottom: 1px solid #e8cf98; text-align: center; font-size: .875rem; }
.masthead { background: var(--paper); border-top: 4px solid var(--red); border-bottom: 1px solid var(--line); }
.masthead div.wide { display: flex; flex-wrap: wrap; gap: .75rem 2rem; align-items: center; justify-content: space-between; padding-top: 1.1rem; padding-bottom: .9rem; }
.brand { color: inherit; text-decoration: none; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; }
.brand-authority { font-size: 1.45rem; color: var(--red); letter-spacing: .04em; }
.brand-site { color: var(--soft); letter-spacing: .12em; }
.tools { display: flex; flex-wrap: wrap; gap: .6rem 1.25rem; align-items: center; }
.characters { margin: 0; font-size: .875rem; white-space: nowrap; }
.characters > * + * { margin-left: .6rem; }
.characters span { color: var(--soft); }
nav ul.wide { display: flex; gap: 2rem; }
nav ul.wide a { display: block; padding: .4rem 0 .55rem; color: var(--ink); text-decoration: none; border-bottom: 3px solid transparent; }
nav ul.wide a:hover, nav ul.wide a[aria-current] { color: var(--red); border-color: var(--red); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0; }
.search { flex-wrap: nowrap; }
.search input { width: 15rem; max-width: 100%; min-width: 0; }
input, button, select { font: inherit; font-size: .9375rem; line-height: 1.5; padding: .35rem .7rem; border: 1px solid #857f76; border-radius: 2px; background: var(--paper); color: inherit; }
input::placeholder { color: #6b7078; opacity: 1; }
button { background: var(--red); border-color: var(--red); color: #fff; cursor: pointer; padding-inline: 1.1rem; white-space: nowrap; }
button:hover { background: #7d1417; }
main.wide { flex: 1; padding-top: 2rem; padding-bottom: 3.5rem; }
.colophon { background: #2a2d33; color: #e9e6e0; font-size: .875rem; padding: 1.25rem 0; }
.colophon p { margin: 0; }
.colophon a { color: #fff; }

.beside { display: grid; grid-template-columns: minmax(0, 1fr) 17rem; gap: 3rem; align-items: start; }
.beside aside { border-top: 3px solid var(--red); background: var(--paper); padding: .25rem 1.25rem 1rem; }
.beside aside h2 { margin-top: .75rem; }
.tabs { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: 1.25rem; }
.tabs a { display: block; padding: .15rem .8rem; border: 1px solid var(--line); background: var(--paper); color: var(--ink); text-decoration: none; font-size: .9375rem; border-radius: 2px; }
.tabs a:hover { border-color: var(--red); color: var(--red); }
.tabs a[aria-current] { background: var(--red); border-color: var(--red); color: #fff; }
.records { border-top: 1px solid var(--ink); }
.records li { padding: .8rem 0; border-bottom: 1px solid var(--line); }
.records a { color: var(--ink); text-decoration: none; font-size: 1.0625rem; }
.records a:hover { color: var(--red); text-decoration: underline; }
.records .class { color: var(--red); }
.reports li { padding: .6rem 0; border-bottom: 1px solid var(--line); }
.reports li:last-child { border: 0; }
.reports a { display: inline-block; text-wrap: balance; }
.pager { display: flex; gap: .75rem; margin-top: 1.5rem; }
.pager a { padding: .3rem 1.1rem; border: 1px solid var(--red); text-decoration: none; border-radius: 2px; background: var(--paper); }

.record, .report, .cases, .notice, .channel { background: var(--paper); border: 1px solid var(--line); padding: 2.25rem clamp(1.1rem, 5vw, 3.5rem) 2.75rem; }
.notice { max-width: 44rem; margin: 0 auto; }
.notice ul { margin: 0 0 1rem 1.2rem; }
.notice li { list-style: square; }
.notice form { margin: 0 0 1.25rem; }
[role="alert"] { border-left: 4px solid var(--red); padding: .4rem 0 .4rem 1rem; }
.record h1 { text-align: center; margin-bottom: 1.75rem; }
.metadata { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0 2rem; border-top: 2px solid var(--red); margin-bottom: 2rem; font-size: .9375rem; }
.metadata div { display: flex; gap: 1rem; padding: .45rem 0; border-bottom: 1px solid var(--line); }
.metadata dt { flex: 0 0 5em; color: var(--soft); }
.metadata dd { min-width: 0; }
.prose p { text-indent: 2em; line-height: 1.95; }
.attachment { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; }

.report h1 { text-align: center; font-size: clamp(1.5rem, 4vw, 2.1rem); color: var(--red); margin-bottom: 1.5rem; }
.cut { display: grid; grid-template-columns: repeat(2, 1fr); gap: 0 2.5rem; border-block: 2px solid var(--red); padding: .5rem 0; font-size: .9375rem; }
.cut div { display: flex; gap: 1rem; padding: .25rem 0; }
.cut dt { flex: 0 0 5em; color: var(--soft); }
.cut .digest { grid-column: 1 / -1; }
.as-of { margin: 1.25rem 0; padding: .7rem 1rem; background: var(--ground); font-size: .9375rem; gap: .5rem .9rem; }
.report > section > h2, .sections > .level-1 > h2 { border-bottom: 1px solid var(--line); padding-bottom: .35rem; }
h2 mark, h3 mark, h4 mark { margin-left: .75em; vertical-align: .15em; }
.legend { line-height: 2; }
.differences { margin-bottom: 2rem; }
.kind { display: inline-block; font-size: .8125rem; line-height: 1.5; padding: 0 .45em; border: 1px solid currentColor; border-radius: 2px; white-space: nowrap; }
.kind-derived { color: #fff; background: var(--blue); border-color: var(--blue); }
.kind-attested { color: var(--brown); background: #fdf6e6; border-style: dashed; }
.figures th[scope="row"] { width: 42%; }
.figures th.part { padding-left: 1.5em; }
.figures .number { font: 700 1.2rem/1.5 var(--serif); padding-right: 1.5rem; }
.figures tr.absent .number { font-weight: 400; }
.figures tr:target, .definitions div:target { background: #fdf6e6; }
.note, .statement > span { display: block; font-size: .875rem; color: var(--soft); line-height: 1.6; }
.note { margin-top: .25rem; }
.actions { font-size: .875rem; white-space: nowrap; }
.actions a + a { margin-left: 1rem; }
a.figure-derived, a.figure-attested, a.figure-absent { color: inherit; font-weight: 600; white-space: nowrap; text-decoration: underline; }
a.figure-derived, strong.figure-derived { color: var(--blue); }
a.figure-attested, strong.figure-attested { color: var(--brown); }
a.figure-attested { text-decoration-style: dashed; }
sup { font-size: .65em; font-weight: 400; margin-left: .1em; text-indent: 0; display: inline-block; }
.pictures figure { margin: 1rem 0 1.75rem; }
.pictures figcaption { font-size: .9375rem; font-weight: 600; margin-bottom: .4rem; }
.pictures svg[role="img"] { display: block; width: 100%; max-width: 45rem; height: auto; }
.pictures text { font: 14px var(--sans); fill: var(--ink); }
.pictures text.value { font-weight: 600; }
.axis { stroke: #857f76; stroke-width: 1; }
.piece { stroke: #fff; stroke-width: 1; }
.fill-overview { fill: #9b1c1f; } .fill-plans { fill: #d9a441; } .fill-regulations { fill: #27496d; } .fill-news { fill: #8fa9c0; } .fill-finance { fill: #5b7f53; }
.keys { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; font-size: .875rem; color: var(--soft); }
.keys svg { margin-right: .4rem; vertical-align: -.06em; }
summary { cursor: pointer; color: var(--red); font-size: .9375rem; }
#live > details { margin-top: .5rem; }
details .scroll { margin-top: .75rem; }
.unquoted { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: .25rem 0 1rem; }
.items { margin: .5rem 0 1.25rem; padding-left: 1rem; border-left: 3px solid var(--line); }
.items-name { color: var(--soft); font-size: .875rem; margin: 0 0 .2rem; }
.items li { padding: .15rem 0; }
.items ol { margin-left: 1.5em; }
.items ol li { list-style: decimal; }
.items time { color: var(--soft); display: inline-block; min-width: 7.6em; margin-right: .5em; font-variant-numeric: tabular-nums; }
.items li > .meta { margin-left: 1.25em; }
.names { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; }
.items .names li > .meta { margin-left: 0; }
.definitions div { padding: .5rem 0; border-bottom: 1px solid var(--line); font-size: .9375rem; }
.definitions dt { font-weight: 600; }

.crumbs { color: var(--soft); font-size: .875rem; margin-bottom: .75rem; }
.figure-shown { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; }
.figure-shown strong { font: 700 2rem/1.3 var(--serif); }
.definition { background: var(--ground); padding: .6rem 1rem; font-size: .9375rem; }
.definition b { margin-right: .5em; color: var(--soft); font-weight: 600; }
.notes:empty { display: none; }
.case-table td:first-child, .withdrawn td:first-child { width: 7.5rem; }
.case-table td:last-child { width: 36%; }
.withdrawn td .meta { display: block; }
.detail div { display: flex; gap: .75rem; font-size: .875rem; }
.detail dt { flex: none; color: var(--soft); }
.events summary { color: var(--soft); font-size: .8125rem; }
.events li { font-size: .8125rem; color: var(--soft); }
.channels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.channel { padding: 1.1rem 1.5rem; }
.channel:has(dl) { grid-column: 1 / -1; }
.channel h2 { margin: 0 0 .15rem; font-size: 1.2rem; }
.channel dl { font-size: .9375rem; }
.channel dl > div { display: flex; gap: 1rem; padding-top: .4rem; }
.channel dt { flex: 0 0 11.5em; color: var(--soft); }
.commitments li { padding: .8rem 0; border-bottom: 1px solid var(--line); }
.commitments p:first-child { margin-bottom: .15rem; }

.operations td, .operations th { padding: .45rem .9rem .45rem 0; font-size: .9375rem; }
.operations tbody th { font-weight: 600; white-space: nowrap; }
.operations .state { white-space: nowrap; }
.state > span { display: inline-block; width: 1.25em; }
progress { width: 8rem; accent-color: var(--blue); }
.said { background: var(--paper); padding: .6rem 1rem; border-left: 4px solid var(--blue); }
.said[role="alert"] { border-left-color: var(--red); }
.leaving { float: right; margin-top: -3.25rem; }
.order-forms { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.order { background: var(--paper); border: 1px solid var(--line); padding: 1rem 1.25rem; align-content: start; }
.order h3, .order .note { flex: 0 0 100%; margin: 0; }
.field { flex: 0 0 100%; display: flex; gap: .5rem; align-items: center; font-size: .9375rem; }
.field input:not([type="checkbox"]), .field select { flex: 1; min-width: 0; }
.orders li { padding: .35rem 0; border-bottom: 1px solid var(--line); font-size: .9375rem; }
.orders time { font-variant-numeric: tabular-nums; }
pre { background: var(--paper); border: 1px solid var(--line); padding: 1rem; margin: 0 0 1rem; }

@media screen and (max-width: 48rem) {
  .beside { grid-template-columns: minmax(0, 1fr); gap: 2rem; }
  .tools, .search { width: 100%; }
  .search input { flex: 1; width: auto; }
  .cut { grid-template-columns: minmax(0, 1fr); }
  .figures thead, .case-table thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .figures tr, .case-table tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; padding: .7rem 0; border-bottom: 1px solid var(--line); }
  .figures tr > *, .case-table tr > * { display: block; border: 0; padding: 0; }
  .figures th[scope="row"], .figures td:last-child, .case-table td, .case-table td:last-child { width: 100%; }
  .figures td:empty { display: none; }
  .figures th.part { padding-left: 0; }
  .figures tr:has(th.part) { padding-left: 1.5em; }
  .channel dl > div { display: block; }
  .meta > * + * { margin-left: .9rem; }
  .pictures figure { overflow-x: auto; }
  .pictures svg[role="img"] { min-width: 34rem; }
}
`;
