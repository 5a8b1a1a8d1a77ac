import { readIds, readSkus } from "./codes.js";
import { readEmails, readPhones, readUrls } from "./contacts.js";
import { readDates } from "./dates.js";
import { readThings } from "./line-items.js";
import { readEnumeration, readKeywords } from "./lists.js";
import { readMilestones } from "./milestones.js";
import { readCurrencies } from "./money.js";
import { readFirms, readParties, readPeople } from "./parties.js";
import { distinct, sentencesOf } from "./passage.js";
import { readJobs, readPlaces } from "./places.js";
import type { Reader } from "./reader.js";
import { FIRM, PARTY, PERSON } from "./roles.js";
import { readTasks } from "./tasks.js";
import { readPoints, readSummary, readTitle } from "./titles.js";

const readTags: Reader["read"] = (text, field) => {
  const listed = readEnumeration(text, field);
  return listed.length > 0 ? listed : readKeywords(text);
};

/** For strings, by the words of their names; the first that fits. */
export const TEXT_READERS: readonly Reader[] = [
  { label: /\be ?mails?\b|\bmail address/, kind: "email", read: readEmails },
  { label: /\b(?:phones?|telephone|mobile|tel|cell|fax)\b/, kind: "words", read: readPhones },
  { label: /\b(?:url|link|website|homepage)s?\b/, kind: "words", read: readUrls },
  { label: /\b(?:skus?|article number|part number|(?:product|item) code)\b/, kind: "sku", read: readSkus },
  { label: /\bcurrency\b/, kind: "words", read: readCurrencies },
  { label: /\b(?:dates?|day|deadline|due|when|birthday)\b|\b(?:at|on|until|since|by)$/, kind: "date", read: readDates },
  { label: /\b(?:ids?|number|no|code|reference|ref|key)$/, kind: "words", read: readIds },
  { label: /\b(?:job|role|occupation|profession|position)\b/, kind: "words", read: readJobs },
  {
    label: /\b(?:city|cities|country|places?|locations?|town|destination|origin|where)\b/,
    kind: "place",
    read: readPlaces,
  },
  { label: /\bmilestones?\b/, kind: "words", read: readMilestones },
  { label: FIRM, kind: "organisation", read: (text) => distinct([...readFirms(text), ...readPeople(text)]) },
  { label: PARTY, kind: "organisation", read: readParties },
  { label: /\b(?:products?|articles?|goods)\b/, kind: "words", read: readThings },
  { label: PERSON, kind: "person", read: readPeople },
  { label: /\b(?:tasks?|actions?|todos?|next steps?|assignment)\b/, kind: "task", read: readTasks },
  {
    label: /\b(?:tags?|keywords?|topics|skills?|languages|interests|ingredients)\b/,
    kind: "words",
    read: readTags,
  },
  { label: /\b(?:title|headline|heading|subject|topic)\b/, kind: "words", read: readTitle, isWeak: true },
  {
    label: /\b(?:quotes?|citations?|evidence|excerpts?|sentences?)\b/,
    kind: "words",
    read: (text) => sentencesOf(text).map(({ text: sentence }) => sentence),
    isWeak: true,
  },
  {
    label: /\b(?:bullets?|points?|highlights|changes|facts?|statements?|claims?|steps)\b/,
    kind: "words",
    read: readPoints,
    isWeak: true,
  },
  {
    label:
      /\b(?:summary|description|issue|problem|message|text|content|abstract|details?|notes?|reason|body|comment|explanation|value|answer|result)\b/,
    kind: "words",
    read: readSummary,
    isWeak: true,
  },
];
