import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ask, copyOf, done, type House, loadedYear, loading, ready, startHouse, stop } from './house.js';

const binary = process.env['GONGKAI_CHROMIUM'] ?? '/usr/bin/chromium';
const there = existsSync(binary);
const required = process.env['GONGKAI_TEST_SERVERS'] === 'required';
const run = there || required ? describe : describe.skip;
const title =
  there || required
    ? 'A citizen with a browser [on chromium]'
    : 'A citizen with a browser [on chromium] [skipped: no chromium; name one in GONGKAI_CHROMIUM]';

run(title, () => {
  let house: House;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    house = await startHouse({ folder: copyOf((await loadedYear()).folder) });
    await ready(house);
    browser = await chromium.launch({
      executablePath: binary,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    page = await browser.newPage();
  }, loading);
  afterAll(async () => {
    await browser?.close();
    if (house) await stop(house);
  });

  it('finds a record by two characters, simplified or traditional, and reads its metadata', async () => {
    const totals: string[] = [];
    for (const words of ['救灾', '救災']) {
      await page.goto(house.address);
      await page.getByRole('searchbox').fill(words);
      await page.getByRole('searchbox').press('Enter');
      totals.push(await page.getByText(/共 \d+ 条/).innerText());
    }
    expect(totals[0]).toBe(totals[1]);
    await page.locator('main a[href^="/records/"]').first().click();
    await page.waitForURL('**/records/*');
    for (const label of ['索引号', '发布机构', '文号', '成文日期', '发布日期', '有效性', '主题分类']) {
      expect(await page.locator('main').innerText()).toContain(label);
    }
  });

  it('reads the annual report, tells counted from attested figures, and opens the cases behind one', async () => {
    const policy: string[] = [];
    page.on('console', message => message.type() === 'error' && policy.push(message.text()));
    await page.goto(`${house.address}/reports/2013`);
    const report = await page.locator('main').innerText();
    for (const printed of ['623条', '520条', '7万余次', '1000余条', '450余篇', '202条']) expect(report).toContain(printed);
    await page.locator('a[href*="/reports/2013/figures/proactive.byCategory.finance/cases"]').first().click();
    await page.waitForURL('**/cases*');
    expect(await page.locator('main a[href^="/records/"]').count()).toBe(5);
    expect(policy).toEqual([]);
  });

  it('prints the report, and switches to traditional characters', async () => {
    await page.goto(`${house.address}/reports/2013`);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await page.getByRole('link', { name: '繁體' }).click();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hant');
    expect(await page.locator('main').innerText()).toContain('年度報告');
  });

  it('meets a withdrawn record as gone: when and why, and nothing of its content', async () => {
    const { body } = await ask<{ items: { id: string; title: string }[] }>(house, '/api/v1/public-records?limit=1');
    const [record] = body.items;
    await done(house, 'lin-fang', `/records/${record!.id}/withdrawal`, { why: '内容有误，另行公布' });
    const answer = await page.goto(`${house.address}/records/${record!.id}`);
    const shown = await page.locator('body').innerText();
    expect(answer!.status()).toBe(410);
    expect(shown).toContain('内容有误，另行公布');
    expect(shown).not.toContain(record!.title);
  });

  it('who is an operator signs in, orders a rebuild, sees it come to be what readers see, and is told of a pause as it comes', async () => {
    const policy: string[] = [];
    page.on('console', message => message.type() === 'error' && policy.push(message.text()));
    await page.goto(`${house.address}/ops`);
    await page.getByLabel('开发登录').selectOption({ label: '吴刚（运维）' });
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('link', { name: 'records' }).click();
    await page.waitForURL('**/ops/projections/records');
    const rebuild = page.getByRole('form', { name: '重建' });
    await rebuild.getByLabel('原因').fill('年度演练');
    await rebuild.getByRole('button').click();
    await page.getByText('第 2 代开始重建').waitFor();
    // Nothing is reloaded from here on: the server tells.
    await page.getByRole('row', { name: /第 2 代.*使用中/ }).waitFor();
    await page.getByRole('row', { name: /第 1 代.*备退回/ }).waitFor();
    await done(house, 'wu-gang', '/operations/projections/records/pause', { reason: '维护窗口' });
    await page.getByText('维护窗口').first().waitFor();
    await done(house, 'wu-gang', '/operations/projections/records/resumption', { reason: '完毕' });
    await page.locator('#live').getByText('已跟上').waitFor();
    expect(policy).toEqual([]);
  });
});
