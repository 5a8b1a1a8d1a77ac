import nlp from "compromise";
import { phrases } from "../phrases.js";
import { toDigits } from "./numbers.js";
import { findOrganisations } from "./organisations.js";
import { mentionsOf, type Mention } from "./passage.js";

/** One to three words with a capital, such as "Ada", "Zoë Ng" and "Jean-Luc O'Neil". */
const CAPITALISED = /(?<![\p{L}\p{N}-])\p{Lu}[\p{L}'’-]*\p{Ll}(?: \p{Lu}[\p{L}'’-]+){0,2}/gu;

/** What only somebody does or is: "will send", "is blocked", "is 29", ", 41,", "(55)". */
const PERSONAL =
  /^(?:(?:,? \(?(?:aged? )?\d{1,2}\)?(?:[,;.]|$| (?=is)))| (?:(?:is|turns?|turned) (?:a |an |now |currently )?(?:\d{1,3}\b|blocked|waiting|stuck|working|writing|preparing|still)|will|has|shall|must|should|needs?|wants?|owns?|leads?|works?|wrote|writes|asked|asks|said|says|joined|lives?|calls|called|reports|reported|cannot|sent|finished|completed)\b)/;

/** Behind a name of several words less is enough: "Priya Raman is", "Priya Raman, a nurse,". */
const PERSONAL_AFTER_FULL_NAME = /^(?:,| \(| (?:is|was|who|and)\b)/;

/** Capitalised where a sentence starts, but nobody. */
const THINGS =
  /^(?:Total|Subtotal|Invoice|Order|Tax|Server|Support|Price|App|Website|Page|Login|Export|Import|Account|Password|E-?mail|Printer|Parcel|Report|Data|Hello|Dear|Every(?:one|body|thing)|Some(?:one|body|thing)|Any(?:one|body|thing)|Nobody|Nothing|\p{L}+(?:ment|tion|sion|ness|ity|ing|ery|ance|ence))\b/u;
/** Of a small word, a capital does not make a name. */
const NO_NAME =
  "(#Verb|#Modal|#Adverb|#Adjective|#Determiner|#Preposition|#Conjunction|#Pronoun|#Plural|#Date|#QuestionWord)";

/**
 * The people in a text: the names that `compromise` knows, and any capitalised word that does what only somebody does.
 * Neither firms nor places are among them.
 */
export function findPeople(text: string): Mention[] {
  const doc = nlp(text);
  const known = phrases(doc.people()).flatMap((name) => name.match(/\p{Lu}[\p{L}'’-]+/gu) ?? []);
  const others = [...phrases(doc.places()), ...phrases(doc.match("#Date+"))];
  const firms = findOrganisations(text);
  return mentionsOf(text, CAPITALISED)
    .map((mention) => withoutOpening(withoutGenitive(mention)))
    .filter(({ value, start, end }) => {
      if (firms.some((firm) => firm.start < end && start < firm.end)) return false;
      if (value.split(" ").some((word) => known.includes(word))) return true;
      if (THINGS.test(value) || nlp(value.toLowerCase()).has(`^${NO_NAME}`)) return false;
      const rest = text.slice(end);
      const isPersonal = PERSONAL.test(toDigits(rest)) || (value.includes(" ") && PERSONAL_AFTER_FULL_NAME.test(rest));
      return isPersonal && !others.some((other) => other.includes(value));
    });
}

/** "Ask Priya" and "Yesterday Tom" start with a word that is capitalised for the sentence's sake. */
function withoutOpening(mention: Mention): Mention {
  const [first = "", ...rest] = mention.value.split(" ");
  if (rest.length === 0 || !nlp(first).has("(#Verb|#Determiner|#Conjunction|#Preposition|#Date|#Pronoun)"))
    return mention;
  return { ...mention, value: rest.join(" "), start: mention.start + first.length + 1 };
}

/** "Grace's" is Grace. */
function withoutGenitive(mention: Mention): Mention {
  const value = mention.value.replace(/['’]s$/, "");
  return { ...mention, value, end: mention.start + value.length };
}

/** The people who do something in a sentence, not those to whom it is done. */
export function findSubjects(sentence: string): Mention[] {
  return findPeople(sentence).filter(({ start, end }) => {
    const opens = /^\W*$|(?:[,;:]|\band|\bbut|\bwhile)\s+$/.test(sentence.slice(0, start));
    // Behind a pronoun "needs" is a verb; alone it passes for a noun.
    return opens && nlp(`She${sentence.slice(end)}`).has("^she #Adverb? (#Verb|#Modal|#Copula)");
  });
}
