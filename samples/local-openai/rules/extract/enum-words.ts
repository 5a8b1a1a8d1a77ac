/** What a text says where it means one of the usual options; of equal counts the first in this list wins. */
export const MEANINGS: readonly (readonly [options: RegExp, signs: RegExp])[] = [
  [
    /^(?:blocked|stuck|waiting|on hold)$/,
    /\b(?:blocked|stuck|waiting (?:on|for)|on hold|can(?:not|'t) (?:start|continue|proceed)|depends on)\b/gi,
  ],
  [
    /^(?:done|completed?|closed|resolved|finished)$/,
    /\b(?:done|finished|completed?|closed|resolved|merged|shipped|already|ha(?:s|ve) (?!to\b)\w+(?:ed|nt|ne|de|lt|ght|wn)|sent)\b/gi,
  ],
  [
    /^(?:in progress|doing|started|active|ongoing|wip)$/,
    /\b(?:(?:is|are) (?:still |now |currently )?(?!blocked|waiting)\w+ing|in progress|started|under way)\b/gi,
  ],
  [
    /^(?:new|todo|to do|open|pending|planned)$/,
    /\b(?:will|shall|should|must|needs? to|has to|to do|going to|plans? to|wants? to)\b/gi,
  ],
  [
    /^(?:docs?|documentation)$/,
    /\b(?:docs?|document(?:s|ed|ing|ation)?|readme|guides?|tutorials?|typos?|manual|docstrings?)\b/gi,
  ],
  [
    /^(?:fix|bug|bug ?fix|defect|patch)$/,
    /\b(?:fix(?:es|ed|ing)?|bugs?|crash\w*|errors?|fail(?:s|ed|ing|ure)?|broken|wrong|no longer|regressions?|prevent\w*|leak\w*)\b/gi,
  ],
  [
    /^(?:feature|feat|enhancement|improvement)$/,
    /\b(?:add(?:s|ed|ing)?|new|support(?:s|ing) |allow\w*|introduc\w*|preserv\w*|enabl\w*|implement\w*|improv\w*|wish(?:es)?)\b/gi,
  ],
  [
    /^(?:positive|happy|good)$/,
    /\b(?:love[sd]?|great|excellent|happy|thank(?:s| you)|good|perfect|wonderful|pleased|fast|enjoy(?:s|ed)?)\b/gi,
  ],
  [
    /^(?:negative|unhappy|bad|angry)$/,
    /\b(?:hate[sd]?|terrible|awful|bad|angry|slow|broken|disappoint\w*|worst|useless|refund|annoy\w*|cannot)\b/gi,
  ],
];

/** Options by how pressing they are, most of all first. */
export const LEVELS: readonly RegExp[] = [
  /^(?:high|urgent|critical|p1|major)$/,
  /^(?:medium|normal|moderate|p2)$/,
  /^(?:low|minor|p3)$/,
];

/** The options that say nothing in particular. */
export const NEUTRAL = /^(?:other|unknown|none|neutral|general|normal|medium|misc|unspecified|new|open)$/;
