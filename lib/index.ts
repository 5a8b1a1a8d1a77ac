export { AlreadyStartedError, DecoratorMisuseError, InvalidOptionError, SpandrelError } from "./errors.js";
