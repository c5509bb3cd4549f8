import { followPointer } from './chart-pointer.ts';
import { confirmDangers } from './confirm-danger.ts';
import { bindKeys } from './keys.ts';
import { goLive } from './live.ts';
import { showLocalTimes } from './local-times.ts';
import { watchVerification } from './verification.ts';

showLocalTimes(document);
bindKeys();
followPointer();
confirmDangers();
watchVerification();
goLive();
