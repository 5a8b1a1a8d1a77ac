export function renderInstrumentations() { return ""; }
