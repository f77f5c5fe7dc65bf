import * as common from "./common.js";
import * as danger from "./danger.js";
import * as draft from "./draft.js";
import * as fresh from "./fresh.js";
import * as here from "./here.js";
import * as photo from "./photo.js";
import * as readAloud from "./read-aloud.js";
import * as voice from "./voice.js";

common.start();
here.start();
photo.start();
readAloud.start();
voice.start();
danger.start();
draft.start();
fresh.start();
