import type { AnnualReport, Figure, Part, ReportSection } from '#contracts';
import { anchor, casesPath } from './figures.js';
import type { Here } from './site.js';
import { chineseDate, itemKindNames } from './words.js';

interface Told {
  here: Here;
  report: AnnualReport;
  asOf: string | undefined;
}

export function Sections({ here, report, asOf }: Told) {
  return (
    <div class="sections">
      {report.sections.map(section => (
        <section key={section.key} class={`level-${section.level}`} aria-labelledby={`section-${section.key}`}>
          <Heading section={section} />
          <div class="prose">
            {section.paragraphs.map((parts, index) => (
              <p key={index}>
                {parts.map(part => (
                  <PartText here={here} report={report} asOf={asOf} part={part} />
                ))}
              </p>
            ))}
          </div>
          <Unquoted here={here} report={report} asOf={asOf} section={section} />
          {groupsOf(section.items).map(group => (
            <ItemList key={group.kind} {...group} />
          ))}
        </section>
      ))}
    </div>
  );
}

function Heading({ section }: { section: ReportSection }) {
  const id = `section-${section.key}`;
  const text = (
    <>
      {section.number}
      {section.title}
      {section.invented && <mark class="invented">示例文字</mark>}
    </>
  );
  if (section.level === 1) return <h2 id={id}>{text}</h2>;
  return section.level === 2 ? <h3 id={id}>{text}</h3> : <h4 id={id}>{text}</h4>;
}

function PartText({ part, ...told }: Told & { part: Part }) {
  if (typeof part === 'string') return <>{part}</>;
  const figure = told.report.figures.find(one => one.key === part.figure);
  if (figure) return <FigureLink {...told} figure={figure} display={part.display} />;
  const known = told.report.absent.some(one => one.key === part.figure);
  return known ? (
    <a class="figure-absent" href={`#${encodeURIComponent(anchor.figure(part.figure))}`}>
      {part.display}
    </a>
  ) : (
    <span class="figure-absent">{part.display}</span>
  );
}

function FigureLink({ here, report, asOf, figure, display }: Told & { figure: Figure; display: string }) {
  if (figure.kind === 'derived') {
    return (
      <a class="figure-derived" href={here.to(casesPath(report.year, figure.key), { asOf })}>
        {display}
      </a>
    );
  }
  return (
    <a class="figure-attested" href={`#${encodeURIComponent(anchor.figure(figure.key))}`}>
      {display}
      <sup>陈述</sup>
    </a>
  );
}

/** Before the year is over there is no prose: the section's figures then stand by themselves. */
function Unquoted({ section, ...told }: Told & { section: ReportSection }) {
  const quoted = new Set(section.paragraphs.flat().map(part => (typeof part === 'string' ? '' : part.figure)));
  const figures = told.report.figures.filter(({ key }) => section.figures.includes(key) && !quoted.has(key));
  if (figures.length === 0) return null;
  return (
    <ul class="unquoted">
      {figures.map(figure => (
        <li key={figure.key}>
          {figure.label} <FigureLink {...told} figure={figure} display={figure.display} />
        </li>
      ))}
    </ul>
  );
}

type Item = ReportSection['items'][number];

function groupsOf(items: readonly Item[]): { kind: string; items: Item[] }[] {
  return [...new Set(items.map(item => item.kind))].map(kind => ({ kind, items: items.filter(item => item.kind === kind) }));
}

function ItemList({ kind, items }: { kind: string; items: readonly Item[] }) {
  const names = kind === 'column' || kind === 'topic';
  const ordered = kind === 'problem' || kind === 'measure';
  const List = ordered ? 'ol' : 'ul';
  return (
    <div class="items">
      <p class="items-name">{itemKindNames[kind] ?? kind}</p>
      <List class={names ? 'names' : undefined}>
        {items.map((item, index) => (
          <li key={index}>
            {item.on && <time dateTime={item.on}>{chineseDate(item.on)}</time>}
            <span>{item.text}</span>
            {item.note && <span class="meta">{names ? `（${item.note}）` : item.note}</span>}
          </li>
        ))}
      </List>
    </div>
  );
}
