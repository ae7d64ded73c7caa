import * as c from '#contracts';

export interface Route {
  method: 'GET' | 'POST';
  /** Below `/api/v1`; `{name}` is a field of the operation's input. */
  path: string;
  operation: c.Operation;
}

const get = (path: string, operation: c.Operation): Route => ({ method: 'GET', path, operation });
const post = (path: string, operation: c.Operation): Route => ({ method: 'POST', path, operation });

/** Every address of the API, on one screen. A step of a resource is a sub-resource. */
export const routes: readonly Route[] = [
  get('/units', c.listUnits),
  post('/units', c.registerUnit),
  get('/units/{id}', c.getUnit),
  post('/units/{id}/designations', c.designatePerson),

  get('/records', c.listRecords),
  post('/records', c.collectRecord),
  get('/records/{id}', c.getRecord),
  post('/records/{id}/first-review', c.firstReviewRecord),
  post('/records/{id}/submission', c.submitRecord),
  post('/records/{id}/secrecy-review', c.secrecyReviewRecord),
  post('/records/{id}/approval', c.approveRecord),
  post('/records/{id}/publication', c.publishRecord),
  post('/records/{id}/revision', c.reviseRecord),
  post('/records/{id}/withdrawal', c.withdrawRecord),
  post('/records/{id}/return', c.returnRecord),
  get('/public-records', c.listPublicRecords),
  get('/public-records/{id}', c.getPublicRecord),

  get('/channels', c.listChannels),
  post('/channels', c.openChannel),
  get('/channels/{id}', c.getChannel),
  post('/channels/{id}/routing', c.routeChannel),
  post('/channels/{id}/arrangement', c.arrangeChannel),
  post('/channels/{id}/closing', c.closeChannel),
  get('/deliveries', c.listDeliveries),
  get('/deliveries/{id}', c.getDelivery),
  post('/deliveries/{id}/confirmation', c.confirmDelivery),
  post('/deliveries/{id}/failure', c.failDelivery),
  post('/deliveries/{id}/recall', c.recallDelivery),
  get('/outlets', c.listOutlets),
  post('/outlets', c.registerOutlet),
  get('/outlets/{id}', c.getOutlet),
  post('/outlets/{id}/tier', c.retierOutlet),
  get('/placements', c.listPlacements),
  post('/placements', c.registerPlacement),
  get('/placements/{id}', c.getPlacement),
  post('/placements/{id}/withdrawal', c.withdrawPlacement),
  get('/posts', c.listPosts),
  post('/posts', c.registerPost),
  get('/posts/{id}', c.getPost),
  post('/posts/{id}/withdrawal', c.withdrawPost),
  get('/commitments', c.listCommitments),
  post('/commitments', c.makeCommitment),
  get('/commitments/{id}', c.getCommitment),
  post('/commitments/{id}/ending', c.endCommitment),

  get('/requests', c.listRequests),
  post('/requests', c.registerRequest),
  get('/requests/{id}', c.getRequest),
  get('/requests/{id}/applicant', c.getApplicant),
  post('/requests/{id}/receipt', c.confirmReceipt),
  post('/requests/{id}/answer', c.answerRequest),
  post('/requests/{id}/closing', c.closeRequest),
  get('/receipt-practices', c.listReceiptPractices),
  post('/receipt-practices', c.setReceiptPractice),

  get('/attestations', c.listAttestations),
  post('/attestations', c.attestFigure),
  get('/attestations/{id}', c.getAttestation),
  post('/attestations/{id}/withdrawal', c.withdrawAttestation),
  get('/report-entries', c.listEntries),
  post('/report-entries/{id}/withdrawal', c.withdrawEntry),
  post('/institutions', c.recordInstitution),
  post('/campaigns', c.recordCampaign),
  post('/trainings', c.recordTraining),
  post('/problems', c.recordProblem),
  post('/measures', c.recordMeasure),
  get('/reports', c.listReports),
  get('/reports/{year}', c.getReport),
  get('/reports/{year}/as-recorded', c.getReportAsRecorded),
  get('/reports/{year}/figures/{key}/cases', c.getCases),
  post('/reports/{year}/sections/{section}', c.writeSection),
  post('/reports/{year}/closing', c.closeReport),

  get('/operations/projections', c.listProjections),
  get('/operations/projections/{projection}', c.getProjection),
  get('/operations/projections/{projection}/as-of', c.getProjectionAsOf),
  post('/operations/projections/{projection}/rebuild', c.rebuildProjection),
  post('/operations/projections/{projection}/verification', c.verifyProjection),
  post('/operations/projections/{projection}/switch', c.switchProjection),
  post('/operations/projections/{projection}/rollback', c.rollBackProjection),
  post('/operations/projections/{projection}/pause', c.pauseProjection),
  post('/operations/projections/{projection}/resumption', c.resumeProjection),
  post('/operations/projections/{projection}/key-rebuild', c.rebuildKey),
  post('/operations/projections/{projection}/generations/{generation}/removal', c.dropGeneration),
  get('/operations/dead-letters', c.listDeadLetters),
  get('/operations/dead-letters/{projection}/{position}', c.getDeadLetter),
  post('/operations/dead-letters/{projection}/{position}/retry', c.retryDeadLetter),
  post('/operations/dead-letters/{projection}/{position}/skip', c.skipDeadLetter),
];

/** What waits is asked of every room and put together. */
export const taskQueries = [c.catalogueTasks, c.channelsTasks, c.requestsTasks, c.statisticsTasks];
export const rooms = ['catalogue', 'channels', 'requests', 'statistics'] as const;
