"""The pages of the sample ADFS, with the names of fields that a real one has; each says that it is the sandbox's."""

from __future__ import annotations

from sandbox.login.web import Response, escaped, page

STYLE = """
body{margin:0;font:15px "Segoe UI",sans-serif;color:#222;display:flex;min-height:100vh}
#branding{flex:1;background:#1f5f99 linear-gradient(160deg,#1f5f99,#0b2e4f)}
main{width:420px;box-sizing:border-box;padding:110px 60px 40px}
h1{font-weight:300;font-size:28px;margin:0 0 40px} p{line-height:1.45}
input[type=text],input[type=password]{display:block;width:100%;box-sizing:border-box;padding:7px;margin:0 0 8px;
font:inherit;border:1px solid #bababa} #submitButton{background:#2672ec;color:#fff;border:0;padding:8px 20px;font:inherit}
#error{color:#c85305;min-height:1.4em} small{color:#666;display:block;margin-top:60px}
@media(max-width:700px){#branding{display:none}main{width:100%}}
"""
NOTE = "<small>The sandbox's stand-in for Active Directory Federation Services. Its users are those of directory.yml.</small>"
WRONG = "Incorrect user ID or password. Type the correct user ID and password, and try again."
DISABLED = "Your account is disabled. Contact your administrator for more information."
FORMAT = 'Enter your user ID in the format "domain\\user" or "user@domain".'


def sign_in(company: str, action: str, fault: str = "", name: str = "", status: int = 200) -> Response:
    return _shown(
        "Sign In",
        f"""<h1>{escaped(company)}</h1>
<p>Sign in with your organizational account</p>
<form method="post" id="loginForm" action="{escaped(action)}" autocomplete="off">
<p id="error"><span id="errorText" role="alert">{escaped(fault)}</span></p>
<input id="userNameInput" name="UserName" type="text" value="{escaped(name)}" placeholder="someone@example.com" autofocus>
<input id="passwordInput" name="Password" type="password" placeholder="Password">
<input type="hidden" name="AuthMethod" value="FormsAuthentication">
<p><button id="submitButton" type="submit">Sign in</button></p>
</form>""",
        status,
    )


def failed(company: str, code: str, reason: str, status: int = 400) -> Response:
    return _shown(
        "Error",
        f"""<h1>{escaped(company)}</h1>
<h2>An error occurred</h2>
<p id="errorMessage">An error occurred. Contact your administrator for more information.</p>
<p><b>Error details:</b> <span id="errorDetails">{escaped(f"{code}: {reason}")}</span></p>""",
        status,
    )


def signed_out(company: str) -> Response:
    return _shown("Sign Out", f'<h1>{escaped(company)}</h1><p id="signedOut">You have successfully signed out.</p>')


def _shown(title: str, content: str, status: int = 200) -> Response:
    return page(title, f'<div id="branding"></div><main>{content}{NOTE}</main>', status, STYLE)
