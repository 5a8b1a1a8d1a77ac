import { readThings } from "./line-items.js";
import { readEvents } from "./milestones.js";
import { readFirms, readParties, readPeople } from "./parties.js";
import { distinct } from "./passage.js";
import type { Reader } from "./reader.js";
import { FIRM, GOODS, PARTY, PERSON } from "./roles.js";

/** For plain names, by what stands around them. */
export const NAME_READERS: readonly Reader[] = [
  { label: FIRM, kind: "organisation", read: readFirms },
  { label: /\bmilestones?|events?\b/, kind: "words", read: readEvents },
  { label: PERSON, kind: "person", read: readPeople },
  { label: PARTY, kind: "organisation", read: readParties },
  { label: GOODS, kind: "words", read: readThings },
];

/** Nothing tells what the name is of. */
export const NAME: Reader = {
  label: /(?:)/,
  kind: "person",
  read: (text) => distinct([...readPeople(text), ...readFirms(text)]),
};
