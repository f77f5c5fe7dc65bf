import * as common from "./common.js";
import * as desk from "./desk.js";
import * as draft from "./draft.js";
import * as fresh from "./fresh.js";
import * as photo from "./photo.js";

common.start();
desk.start();
photo.start();
draft.start();
fresh.start();
