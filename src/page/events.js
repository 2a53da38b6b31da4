// The events: those that the status has, older ones as they are wanted, or those with a title.

const EVENTS_AT_FIRST = 25;
// So many the status has at most; there are older ones if it has them all.
const EVENTS_OF_STATUS = 300;
const FILTERS = { "by-source": "source", "by-user": "user", "by-outcome": "outcome" };

let shown = EVENTS_AT_FIRST;
let older = [];
// Before which number there are older ones still; null where there are none.
let before;
// What was found by its title; null where nothing is searched.
let found = null;

// An event without what changes while it is there.
const eventName = ({ id, times, reason, ...event }) => event;
const eventKey = (event) => JSON.stringify(eventName(event));

const knownEvents = () => (found ? found.events : [...status.events, ...older]);
const wantedEvents = () => knownEvents().filter((event) =>
  Object.entries(FILTERS).every(([id, field]) => !$(id).value || event[field] === $(id).value));

function hasOlder() {
  if (found) return found.before !== null;
  return before === undefined ? status.events.length >= EVENTS_OF_STATUS : before !== null;
}

function showEvents() {
  for (const [id, field] of Object.entries(FILTERS)) options($(id), field);
  const wanted = wantedEvents();
  list($("events").querySelector("ul"), wanted.slice(0, shown), eventName, eventRow,
    knownEvents().length || found ? "No events match." : "No events yet.");
  $("more").hidden = wanted.length <= shown && !hasOlder();
}

function options(select, field) {
  const known = new Set([...select.options].map((option) => option.value));
  for (const event of knownEvents()) {
    const value = event[field];
    if (value && !known.has(value)) {
      known.add(value);
      select.append(make("option", { value, textContent: value }));
    }
  }
}

function eventRow(event) {
  const times = event.times > 1 ? `${event.times} times` : "";
  return make("li", {},
    make("div", { className: "head" },
      make("strong", { textContent: event.item || event.event }),
      tag(event.outcome, TONES[event.outcome])),
    sentence("p", event.reason),
    make("p", { className: "dim" }, when(event.at), ` · ${words(event.item && event.event, event.user, event.source, event.account, times)}`));
}

async function showMore() {
  shown += 100;
  while (wantedEvents().length < shown && hasOlder()) await fetchOlder();
  withFocus(showEvents);
}

async function fetchOlder() {
  const mine = found;
  const from = mine ? mine.before : before ?? status.events.at(-1).id;
  const answer = await ask("events", mine ? { before: from, search: mine.search } : { before: from });
  // What came again meanwhile has moved the numbers, so that the first may be known already.
  const known = new Set(knownEvents().map(eventKey));
  const fresh = answer.events.filter((event) => !known.has(eventKey(event)));
  if (mine) Object.assign(mine, { events: [...mine.events, ...fresh], before: answer.before, isPaged: true });
  else [older, before] = [[...older, ...fresh], answer.before];
}

// What a new status has no room for any more is kept with what is older.
function keepOlder(events) {
  if (!older.length || !status.events.length) return;
  const oldest = status.events.at(-1).at;
  const known = new Set(status.events.map(eventKey));
  older = [...events, ...older].filter((event) => event.at <= oldest && !known.has(eventKey(event)));
}

async function search() {
  const text = $("search").value.trim();
  const answer = text && await ask("events", { search: text });
  if ($("search").value.trim() !== text) return; // typed on
  found = text ? { search: text, ...answer } : null;
}

let typing;
$("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    shown = EVENTS_AT_FIRST;
    search().then(showEvents, (error) => tell(error.message));
  }, 300);
});
$("events").querySelector("form").addEventListener("submit", (event) => event.preventDefault());
does($("more"), showMore);
for (const id of Object.keys(FILTERS)) {
  $(id).addEventListener("change", () => { shown = EVENTS_AT_FIRST; showEvents(); });
}
