// Connecting an account to Trakt: a code to scan or to type there, until it was.

let login = null;

async function beginLogin(name) {
  const code = await ask("login", { account: name });
  login = { name, until: Date.now() + code.expires_in * 1000 };
  const svg = new DOMParser().parseFromString(code.qr, "image/svg+xml").documentElement;
  $("qr").replaceChildren(document.importNode(svg, true));
  $("h-connect").textContent = `Connect ${name} to Trakt`;
  $("connect-url").href = code.url;
  $("connect-url").textContent = code.verification_url;
  $("code").textContent = code.user_code;
  $("connect-said").textContent = "Waiting for Trakt …";
  offerCode(true);
  if (!$("connect").open) $("connect").showModal();
  pollLogin(login);
}

// A code that is over is of no use: then a new one is offered in its place.
function offerCode(isGood) {
  $("connect-code").hidden = !isGood;
  $("connect-again").hidden = isGood;
}

async function pollLogin(mine) {
  while (login === mine && $("connect").open) {
    await new Promise((resume) => { setTimeout(resume, 2000); });
    if (login !== mine) return undefined;
    try {
      const state = await ask("login_state", { account: mine.name });
      if (!state.pending) {
        $("connect").close(); // the focus goes back to the button
        toast(`Connected${state.user ? ` as ${state.user}` : ""}.`);
        return refresh();
      }
      const minutes = Math.ceil((mine.until - Date.now()) / 60000);
      $("connect-said").textContent = `Waiting for Trakt; the code is valid for ${minutes} min.`;
    } catch (error) {
      $("connect-said").replaceChildren(...sentence("span", error.message).childNodes);
      if (error instanceof NoAnswer) continue;
      offerCode(false);
      if ($("connect").open) $("connect-again").focus();
      return undefined;
    }
  }
  return undefined;
}

// What goes wrong is said in the dialog, which lies over everything else.
async function newCode() {
  try {
    await beginLogin(login.name);
    $("h-connect").focus();
  } catch (error) {
    $("connect-said").replaceChildren(...sentence("span", error.message).childNodes);
  }
}

async function disconnect(name) {
  if (!confirm(`Disconnect the account ${name} from Trakt? Plays are kept until you connect it again.`)) return;
  await ask("logout", { account: name });
  await refresh();
}
