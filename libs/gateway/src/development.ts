import type { Actor } from '#contracts';

/** People of the development sign-in. Two of them load the example year: they record past days, and are two because of four eyes. */
export const developmentPeople: readonly Actor[] = [
  { person: 'chen-jing', name: '陈静（救灾处信息专人）', roles: ['collector'] },
  { person: 'liu-yang', name: '刘洋（社会救助处信息专人）', roles: ['collector'] },
  { person: 'zhao-min', name: '赵敏（保密审查员）', roles: ['secrecy-reviewer'] },
  { person: 'wang-lei', name: '王磊（领导小组办公室）', roles: ['publisher'] },
  { person: 'sun-hui', name: '孙慧（依申请公开经办）', roles: ['request-officer'] },
  { person: 'zhou-ping', name: '周平（年报撰写）', roles: ['reporter'] },
  {
    person: 'lin-fang',
    name: '林芳（领导小组办公室主任）',
    roles: ['collector', 'secrecy-reviewer', 'publisher', 'request-officer', 'reporter', 'backdater'],
  },
  { person: 'wu-gang', name: '吴刚（运维）', roles: ['operator'] },
  { person: 'he-qing', name: '何清（审计）', roles: ['auditor'] },
  { person: 'example-collector', name: '示例采集员', roles: ['collector', 'backdater'] },
  {
    person: 'example-officer',
    name: '示例经办员',
    roles: ['secrecy-reviewer', 'publisher', 'request-officer', 'reporter', 'backdater'],
  },
];
