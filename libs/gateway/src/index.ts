export { developmentPeople } from './development.js';
export { type FrontDoorParts, listen, openFrontDoor, publicAddress } from './front-door.js';
export { openApi } from './openapi.js';
export { routes } from './routes.js';
