/** The annual report on paper is the publication: A4, nothing that only works on a screen, nothing folded away. */
export const printStyle = `
@page { size: A4; margin: 22mm 20mm 20mm; @bottom-center { content: counter(page); font-size: 9pt; } }
@media print {
  html { font-size: 10.5pt; background: #fff; }
  body { display: block; }
  .wide { max-width: none; padding: 0; }
  .skip, .masthead, .colophon, .search, .as-of, .pager, .tabs, .actions, .characters, .crumbs, .events, summary { display: none; }
  .example { border: 1px solid #5c3900; background: none; margin-bottom: 8mm; padding: 2mm; }
  main.wide { padding: 0; }
  .record, .report, .cases, .notice, .channel { border: 0; padding: 0; }
  .cases, .channel { margin-bottom: 6mm; }
  a { color: inherit; text-decoration: none !important; }
  a.figure-derived, a.figure-attested { color: inherit; }
  .kind, mark { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h1, h2, h3, h4, .items-name, caption { break-after: avoid; }
  tr, figure, .items li, .definitions div, .metadata div { break-inside: avoid; }
  .scroll table, .items { break-inside: avoid; }
  .remark { margin-top: 4mm; }
  thead { display: table-header-group; }
  p { orphans: 2; widows: 2; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  .scroll { overflow: visible; }
  .figures .number { font-size: 12pt; }
  th, td { padding-block: 1.4mm; }
}
`;
