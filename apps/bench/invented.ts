import type { Chance } from './chance.js';

const prose =
  '芦山强烈地震发生后，省民政厅迅速启动应急响应，紧急调拨帐篷、棉被、折叠床等救灾物资运往灾区，会同财政部门下拨受灾群众生活救助资金，指导各地做好转移安置、款物发放和信息公开工作。各级民政部门要按照规定公示救助对象、救助标准和资金使用情况，主动接受社会监督，确保每一笔款物公开透明、及时足额发放到位。';

/** A piece of an office's prose, of so many characters. */
export function text(chance: Chance, least: number, most: number): string {
  const from = chance.whole(0, prose.length - 1);
  return (prose + prose + prose + prose + prose).slice(from, from + chance.whole(least, most));
}

/** UUIDv7 as `newCommandId` makes it, of an instant in milliseconds and this chance. */
export function timeOrdered(at: number, { hex }: Chance): string {
  const time = at.toString(16).padStart(12, '0');
  const random = hex(20);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
