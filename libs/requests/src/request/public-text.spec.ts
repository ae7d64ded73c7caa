import { describe, expect, it } from '@jest/globals';
import { answerRequest, checkInput, closeRequest, isRefusal, registerRequest } from '#contracts';

const asSubject = (subject: string) =>
  checkInput(registerRequest, { path: 'direct', form: 'letter', applicantType: 'natural-person', subject });

// The numbers are made up: no such identity number passes its check digit, no such line is connected.
describe('The matter of a request is told without the person who asks', () => {
  it.each([
    ['an identity number', '本人510101199001010000，申请公开低保名单'],
    ['an identity number in groups', '申请公开低保名单 510101 19900101 0000'],
    ['an identity number in full-width digits', '申请公开低保名单５１０１０１１９９００１０１００００'],
    ['an identity number that ends in x', '申请公开低保名单（51010119900101000x）'],
    ['an identity number that ends in a full-width X after a space', '申请公开低保名单 51010119900101000 Ｘ'],
    ['an old identity number of 15 digits', '申请公开低保名单510101900101000'],
    ['a mobile number', '救灾资金分配，请回电13800000000'],
    ['a mobile number in groups, with the country’s prefix', '救灾资金分配，请回电 +86 138-0000-0000'],
    ['a fixed line', '救灾资金分配，028-80000000'],
    ['a fixed line in full-width digits with a dash', '救灾资金分配，０２８－８００００００００'],
    ['an e-mail address', '救灾资金分配，回复 someone@example.com'],
    ['an e-mail address with a full-width sign', '救灾资金分配，回复 someone＠example.com'],
    ['a labelled name', '姓名：某某；救灾资金分配'],
    ['a labelled name with an ASCII colon', '申请人:某某，救灾资金分配'],
    ['a labelled address', '住址：某市某路1号'],
  ])('%s is refused', (_, subject) => {
    const refusal = asSubject(subject);
    expect(refusal).toMatchObject({ refused: 'invalid', name: 'invalid-input', issues: [{ path: 'subject' }] });
    expect(JSON.stringify(refusal)).not.toContain(subject);
  });

  it.each([
    '川府办函〔2013〕21号所附救灾资金分配方案',
    '国办发〔2018〕123号、川民发〔2013〕45号的执行情况',
    '2013-04-20至2013-12-31的捐赠收支',
    '2013年4月20日芦山地震救灾物资发放情况',
    '索引号000000000/2013-00001所列文件',
    '2009—2013年城乡低保人数与资金（单位：万元）',
    '农村五保供养标准',
    '地名命名更名的审批材料',
    '姓名变更登记的办事流程',
    '12345热线转办的养老机构消防检查结果',
  ])('“%s” is accepted', subject => {
    expect(isRefusal(asSubject(subject))).toBe(false);
  });

  it('the same holds for the note of an answer and for the source and reason of a late entry', () => {
    const number = '13800000000';
    expect(checkInput(answerRequest, { id: 'r1', outcome: 'granted', note: number })).toMatchObject({
      issues: [{ path: 'note' }],
    });
    expect(checkInput(closeRequest, { id: 'r1', source: number, reason: number })).toMatchObject({
      issues: [{ path: 'source' }, { path: 'reason' }],
    });
  });
});
