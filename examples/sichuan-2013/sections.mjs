// The written sections of the 2013 report: the seed's facts in our own words. `{{figure.key}}` is replaced by the figure with its unit.
const section = (key, title, text) => ({ key, title, text });
export const sections = [
  section('introduction', '概述', '【示例】本文依据公开报告所载事实重新撰写，并非该厅原文。2013年，四川省民政厅依照《中华人民共和国政府信息公开条例》、《四川省贯彻〈中华人民共和国政府信息公开条例〉实施办法（试行）》和《四川省政府信息公开指南》，在提高认识的基础上推进政府信息公开，现将全年情况汇总如下。'),
  section('work.institutions', '相关制度建设', '全厅的政府信息公开继续由2009年成立的厅政府信息公开领导小组领导，日常的推进、指导和协调由其办公室承担。当年下发《四川省民政厅办公室关于做好民政信息报送工作的通知》，市州、厅机关处室和直属事业单位通过什么途径、以何种方式报送信息、需要满足哪些要求，都有了明确规定。'),
  section('work.collection', '认真采集拟公开信息', '信息采集遵循“上下同步、规范统一、分类采集、各负其责”的原则，对当年形成的政府信息作了集中梳理。各处室确定专人承担收集、初审和上报，对照《省民政厅政府信息公开目录编制任务分解表》和《政府信息公开网上填报格式规范表》填报，按时送交领导小组办公室。'),
  section('work.training', '加强机构人员培训', '座谈、会议、文件和专题培训都被用来在机关普及政府信息公开知识。处室负责人和具体工作人员参加了业务培训，内容包括目录和指南的编制、网上填报的方法。保密教育同步开展，使公开前的保密审查环节不出疏漏。'),
  section('work.platform', '加强政府信息公开平台建设', '平台建设结合机关的各项活动开展，包括“学习型、法治型、服务型”机关建设、“富民惠民，改善民生”作风建设和“政务公开、优质服务、树文明新风”活动；以落实《四川省民政系统行政行为规范》为抓手，从管理和约束、监督检查、便民利民等方面完善制度，使权力运行更加透明，推行“阳光政务”。报纸、电视、网络、政务公开栏、宣传窗和电子触摸屏都承载了向社会作出的公开承诺，由各界监督。厅门户网站按照公开为原则、不公开为例外的要求发布政府信息和通知公告，更新工作动态与政策法规，并设有互动交流。'),
  section('disclosure.catalogue', '政务信息公开', '公开内容主要有“4·20”芦山特大地震抗震救灾和灾后恢复重建信息、与公众密切相关的重大事项、政务活动情况以及政策调整和公开情况。在四川省人民政府门户网站的政府信息公开目录专栏，本厅累计主动公开政府信息{{proactive.cumulative}}。2013年公开{{proactive.total}}，按类别分为：概况信息{{proactive.byCategory.overview}}，计划总结信息{{proactive.byCategory.plans}}，法规公文信息{{proactive.byCategory.regulations}}，工作动态信息{{proactive.byCategory.news}}，财政信息{{proactive.byCategory.finance}}。'),
  section('disclosure.portal', '省民政厅公众网', '四川省民政厅公众网设有信息公开、民政要文、公示公告、地方民政、热点关注、民生工程、政策法规、民政论坛、互动交流等栏目，另有学习实践科学发展观专栏、网站调查、网上信访等专题，用来发布信息、动态和法规。网站全年浏览量为{{channels.portal.visits}}。'),
  section('disclosure.media', '新闻媒体及载体', '重大事件、重要政务活动和重点项目进展，通过报刊、广播、电视等媒体向社会报道。全年各类媒体报道全省民政工作新闻{{channels.media.coverage}}。在中央和四川主流媒体刊发新闻稿件{{channels.media.placements}}，其中，新华社、中央电视台、中央人民广播电台、新华网、人民网等中央主流媒体{{channels.media.byTier.central}}，《四川日报》、《华西都市报》等省级媒体{{channels.media.byTier.provincial}}，《中国民政》、《中国社会报》、《民政工作文选》等民政报刊{{channels.media.byTier.trade}}。'),
  section('disclosure.microblog', '政务微博', '根据省政府的要求，四川省民政厅政务微博于当年九月新开通，累计公开政务信息{{channels.microblog.items}}。'),
  section('requests', '政府信息依申请公开情况', '2013年收到依申请公开{{requests.received}}，其中直接来信{{requests.byOrigin.letter}}，省政府转交来信{{requests.byOrigin.forwarded}}，所询内容都与公开受艾滋病感染儿童等相关情况有关。按规定时限答复{{requests.answeredInTime}}。'),
  section('problems', '存在的主要问题', '公开的层面还不够大，大量存档文件和资料有待整理、加工、挖掘。运行机制有待完善，系统之间、系统内部需要更紧密地协调配合，以提高时效。工作具有长期性、规范性，对及时、全面和便民的要求高，队伍建设还要加强。'),
  section('measures', '拟采取的整改措施', '拓宽公开渠道，加强网站建设，规范办事服务信息，扩大覆盖面，以更丰富的形式方便群众。完善配套制度，规范信息分类以及目录、指南，加快更新，逐级细化审核、发布、监督评议和问责流程，与处室效能建设相结合，用考核、评议和奖惩调动积极性。加强队伍建设，明确分工和责任，开展专业培训，使公开工作规范、及时、透明、高效。'),
];
