// Connecting an account to a tracker: a code to scan or to type there, until it was.

let login = null;

const titleOf = (name) => status.trackers.find((one) => one.tracker === name)?.title || name.replace(/^receiver:/, "");

// Where an account can be connected: where there is an app or a key, and it is not yet.
function candidates({ trackers }) {
  const connected = trackers.map((one) => one.tracker);
  return status.trackers.filter((one) => (one.app || one.key_page) && !connected.includes(one.tracker));
}

// Of several trackers it is asked which.
function connect(account) {
  const apps = candidates(account);
  if (apps.length === 1) return begin(account.name, apps[0].tracker);
  login = null;
  $("h-connect").textContent = `Connect ${account.name} to which tracker?`;
  $("connect-which").replaceChildren(...apps.map((one) => does(make("button", { textContent: one.title }),
    () => inDialog(() => begin(account.name, one.tracker)))));
  $("connect-said").textContent = "";
  step("which");
  $("connect").showModal();
  return undefined;
}

// By a code where there is an app, else by a key.
async function begin(name, tracker) {
  const { app, key_page: page } = status.trackers.find((one) => one.tracker === tracker);
  if (app || !page) return beginLogin(name, tracker);
  login = { name, tracker, title: titleOf(tracker) };
  $("h-connect").textContent = `Connect ${name} to ${login.title}`;
  $("key-page").href = page;
  $("key-page").textContent = page;
  $("key").value = "";
  $("connect-said").textContent = "";
  step("key");
  if (!$("connect").open) $("connect").showModal();
  return undefined;
}

async function logInWithKey() {
  const { name, tracker, title } = login;
  const { user, unended } = await ask("login_with_key", { account: name, tracker, key: $("key").value });
  $("key").value = "";
  $("connect").close();
  toast(`Connected to ${title}${user ? ` as ${user}` : ""}.`);
  tellAll(unended);
  await refresh();
}

// What could not be ended before a login went, if anything.
const tellAll = (sentences) => (sentences || []).forEach((one) => tell(one));

// What of the dialog is shown: which tracker, a code, a key, or that a new code is to be had.
function step(name) {
  $("connect-which").hidden = name !== "which";
  $("connect-code").hidden = name !== "code";
  $("connect-key").hidden = name !== "key";
  $("connect-again").hidden = name !== "again";
}

async function beginLogin(name, tracker) {
  const code = await ask("login", { account: name, tracker });
  login = { name, tracker: code.tracker, title: titleOf(code.tracker), until: Date.now() + code.expires_in * 1000 };
  const svg = new DOMParser().parseFromString(code.qr, "image/svg+xml").documentElement;
  $("qr").replaceChildren(document.importNode(svg, true));
  $("h-connect").textContent = `Connect ${name} to ${login.title}`;
  $("connect-url").href = code.url;
  $("connect-url").textContent = code.verification_url;
  $("code").textContent = code.user_code;
  $("connect-said").textContent = `Waiting for ${login.title} …`;
  step("code");
  if (!$("connect").open) $("connect").showModal();
  pollLogin(login);
}

async function pollLogin(mine) {
  while (login === mine && $("connect").open) {
    await new Promise((resume) => { setTimeout(resume, 2000); });
    if (login !== mine) return undefined;
    try {
      const state = await ask("login_state", { account: mine.name, tracker: mine.tracker });
      if (!state.pending) {
        $("connect").close(); // the focus goes back to the button
        toast(`Connected to ${mine.title}${state.user ? ` as ${state.user}` : ""}.`);
        tellAll(state.unended);
        return refresh();
      }
      const minutes = Math.ceil((mine.until - Date.now()) / 60000);
      $("connect-said").textContent = `Waiting for ${mine.title}; the code is valid for ${minutes} min.`;
    } catch (error) {
      $("connect-said").replaceChildren(...sentence("span", error.message).childNodes);
      if (error instanceof NoAnswer) continue;
      step("again"); // a code that is over is of no use
      if ($("connect").open) $("connect-again").focus();
      return undefined;
    }
  }
  return undefined;
}

// What goes wrong is said in the dialog, which lies over everything else.
async function inDialog(work) {
  try {
    await work();
    $("h-connect").focus();
  } catch (error) {
    $("connect-said").replaceChildren(...sentence("span", error.message).childNodes);
  }
}

const newCode = () => inDialog(() => beginLogin(login.name, login.tracker));

// What goes with a login: what waits for its tracker, unless that is the only one.
function loss({ trackers }, { tracker, waiting, parked }) {
  const number = waiting + parked;
  const entries = number === 1 ? "(1 entry)" : `(${number} entries)`;
  if (trackers.length === 1) {
    return `Nothing is lost: ${number ? `what waits or is parked ${entries} and ` : ""}what is played meanwhile is kept `
      + "for the tracker that you connect next.";
  }
  const others = listed(trackers.filter((one) => one.tracker !== tracker).map((one) => titleOf(one.tracker)));
  return `${number ? `What waits for it or is parked ${entries} is deleted, and never sent there.` : "Nothing is waiting for it."} `
    + `Plays still go to ${others}.`;
}

// What is done where it is said that it shall be.
let leaving = null;
function askToLeave(question, loss, leave, yes = "Disconnect") {
  leaving = leave;
  $("h-disconnect").textContent = question;
  $("disconnect-loss").replaceChildren(...sentence("p", loss).childNodes);
  $("disconnect-yes").textContent = yes;
  if (!$("disconnect").open) $("disconnect").showModal();
  $("disconnect-no").focus();
}

const disconnect = (account, one) => askToLeave(`Disconnect ${account.name} from ${titleOf(one.tracker)}?`,
  loss(account, one), () => logOut(account.name, one.tracker));

async function logOut(account, tracker) {
  $("disconnect").close();
  toast(`Disconnecting from ${titleOf(tracker)} …`); // what plays there is ended first
  const { dropped, revoked, reason, unended } = await ask("logout", { account, tracker });
  const gone = dropped ? ` ${dropped} deleted.` : "";
  toast(`Disconnected from ${titleOf(tracker)}.${gone}`);
  if (!revoked && reason) tell(reason);
  tellAll(unended);
  await refresh();
}
