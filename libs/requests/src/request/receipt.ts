import { refuse, type Refusal, type RequestRegistered } from '#contracts';
import { type Practices, practiceOn } from '../practice/practice.js';

/** The day a request counts as received, and the rule that says so. */
export interface Receipt {
  receivedOn: string;
  rule: { zh: string; en: string };
}

/** 国务院令第711号 Art. 56. The text has no transitional clause. */
const revisionInForceOn = '2019-05-15';

/**
 * The day of receipt by the text in force on that very day. Art. 31 of 2019 is asked first: where it answers a day of its own
 * time it applies, also to what arrived before 2019-05-15 and was confirmed after. For the period starts with receipt, receipt
 * is complete with the confirmation, that act is done under the new text, and no transitional clause keeps the old one for it.
 */
export function receiptOf(request: RequestRegistered['data'], confirmedOn: string, practices: Practices): Receipt | Refusal {
  const receipt = byArticle31(request, confirmedOn);
  return receipt.receivedOn >= revisionInForceOn ? receipt : before2019(request, confirmedOn, practices);
}

/** How long a reply may take, and why. */
export function periodFrom(receivedOn: string): { workingDays: number; law: { zh: string; en: string } } {
  return receivedOn < revisionInForceOn
    ? {
        workingDays: 15,
        law: {
          zh: '《中华人民共和国政府信息公开条例》（2008年施行，国务院令第492号）第二十四条：不能当场答复的，自收到申请之日起15个工作日内予以答复。',
          en: 'Regulations on Open Government Information (2008, Decree 492), Art. 24: a reply within 15 working days of receipt.',
        },
      }
    : {
        workingDays: 20,
        law: {
          zh: '《中华人民共和国政府信息公开条例》（2019年修订，国务院令第711号）第三十三条：不能当场答复的，自收到申请之日起20个工作日内予以答复。',
          en: 'Regulations on Open Government Information (2019 revision, Decree 711), Art. 33: a reply within 20 working days of receipt.',
        },
      };
}

function byArticle31({ path, form, signedFor, arrivedOn }: RequestRegistered['data'], confirmedOn: string): Receipt {
  // Art. 31 is silent on what another body passes on; our reading follows its second item, with our own office's signature.
  if (path === 'forwarded') {
    return signedFor
      ? {
          receivedOn: arrivedOn,
          rule: {
            zh: '2019年《条例》第三十一条未单列转交的申请；本机关参照该条第（二）项，以本机关签收转交件之日为收到申请之日。',
            en: 'Art. 31 (2019) does not name forwarded requests; read after its item 2, the day this office signed for it.',
          },
        }
      : {
          receivedOn: confirmedOn,
          rule: {
            zh: '2019年《条例》第三十一条未单列转交的申请；本机关参照该条第（二）项，无需签收的以与申请人确认之日为收到申请之日。',
            en: 'Art. 31 (2019) does not name forwarded requests; read after its item 2, the day of confirmation with the applicant, as nobody signed for it.',
          },
        };
  }
  if (form === 'counter') {
    return {
      receivedOn: arrivedOn,
      rule: {
        zh: '2019年《条例》第三十一条第（一）项：当面提交的，以提交之日为收到申请之日。',
        en: 'Art. 31(1) (2019): handed in at the counter, the day it was handed in.',
      },
    };
  }
  if (form === 'letter') {
    return signedFor
      ? {
          receivedOn: arrivedOn,
          rule: {
            zh: '2019年《条例》第三十一条第（二）项：邮寄并签收的，以行政机关签收之日为收到申请之日。',
            en: 'Art. 31(2) (2019): sent by post and signed for, the day this office signed.',
          },
        }
      : {
          receivedOn: confirmedOn,
          rule: {
            zh: '2019年《条例》第三十一条第（二）项：平常信函等无需签收的，以与申请人确认之日为收到申请之日。',
            en: 'Art. 31(2) (2019): an ordinary letter, the day of confirmation with the applicant.',
          },
        };
  }
  return {
    receivedOn: confirmedOn,
    rule: {
      zh: '2019年《条例》第三十一条第（三）项：通过互联网渠道或者传真提交的，以双方确认之日为收到申请之日。',
      en: 'Art. 31(3) (2019): by fax or online, the day both sides confirmed.',
    },
  };
}

/** The 2008 text fixes no day of receipt: only at the counter is there no doubt, elsewhere the office's practice speaks. */
function before2019(
  { path, form, arrivedOn }: RequestRegistered['data'],
  confirmedOn: string,
  practices: Practices,
): Receipt | Refusal {
  if (path === 'direct' && form === 'counter') {
    return {
      receivedOn: arrivedOn,
      rule: {
        zh: '2008年《条例》第二十四条自收到申请之日起算；当面提交的，提交之日即为收到申请之日。',
        en: 'Art. 24 (2008) counts from receipt; handed in at the counter, it is received that day.',
      },
    };
  }
  const practice = practiceOn(practices, arrivedOn);
  if (!practice) return practiceMissing(arrivedOn);
  const way = path === 'forwarded' || form === 'counter' ? 'forwarded' : form;
  const rule = practice[way];
  const day =
    rule === 'arrival'
      ? { zh: '到达本机关之日', en: 'the day it reached the office' }
      : { zh: '确认收到之日', en: 'the day receipt was confirmed' };
  return {
    receivedOn: rule === 'arrival' ? arrivedOn : confirmedOn,
    rule: {
      zh: `本机关的收到日惯例（自${practice.from}起，依据：${practice.basis}）：${ways[way].zh}以${day.zh}为收到申请之日；2008年《条例》未规定收到日。`,
      en: `The office's own practice from ${practice.from} (basis: ${practice.basis}): ${ways[way].en} counts from ${day.en}; the 2008 text fixes no day of receipt.`,
    },
  };
}

const ways = {
  letter: { zh: '信函申请', en: 'a letter' },
  forwarded: { zh: '转交的申请', en: 'a forwarded request' },
  fax: { zh: '传真申请', en: 'a fax' },
  online: { zh: '网上申请', en: 'an online request' },
};

function practiceMissing(arrivedOn: string): Refusal {
  return refuse(
    'conflict',
    'receipt-practice-missing',
    {
      zh: `2008年《条例》未规定收到日，而本机关没有设定 ${arrivedOn} 当天适用的收到日惯例；请先用 POST /api/v1/receipt-practices 设定一条，再确认收到。`,
      en: `The 2008 text fixes no day of receipt, and no practice of the office is in force on ${arrivedOn}; set one at POST /api/v1/receipt-practices first.`,
    },
    { detail: { arrivedOn } },
  );
}
