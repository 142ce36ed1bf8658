# Identifier, addresses and signing certificate of a relying-party trust: what microsoft.ad.fs_trust does not bring up to date.
# Run by ansible.windows.win_powershell, in check mode too.  An empty certificate is left as it is.
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string] $Identifier,
    [Parameter(Mandatory)] [string] $LoginAddress,
    [string] $LogoutAddress,
    [string] $SigningCertificate
)
$ErrorActionPreference = 'Stop'
$Ansible.Changed = $false

$trust = Get-AdfsRelyingPartyTrust -Name $Name
if (-not $trust) {
    # Check mode, before the trust is there.
    $Ansible.Changed = $true
    return
}

$settings = @{}
if ((@($trust.Identifier) -join ' ') -cne $Identifier) {
    $settings.Identifier = $Identifier
}

$wanted = @("SAMLAssertionConsumer $LoginAddress")
if ($LogoutAddress) {
    $wanted += "SAMLLogout $LogoutAddress"
}
$found = @($trust.SamlEndpoints | ForEach-Object { "$($_.Protocol) $($_.Location)" } | Sort-Object)
if (($found -join ' ') -cne ($wanted -join ' ')) {
    $settings.SamlEndpoint = @(New-AdfsSamlEndpoint -Binding POST -Protocol SAMLAssertionConsumer -IsDefault $true -Index 0 -Uri $LoginAddress)
    if ($LogoutAddress) {
        $settings.SamlEndpoint += New-AdfsSamlEndpoint -Binding POST -Protocol SAMLLogout -Uri $LogoutAddress
    }
}

if ($SigningCertificate) {
    $bytes = [Convert]::FromBase64String($SigningCertificate)
    $certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $bytes)
    if (@($trust.RequestSigningCertificate | ForEach-Object { $_.Thumbprint }) -notcontains $certificate.Thumbprint) {
        $settings.RequestSigningCertificate = $certificate
    }
}

if ($settings.Count -gt 0) {
    $Ansible.Changed = $true
    if ($PSCmdlet.ShouldProcess($Name, 'Set-AdfsRelyingPartyTrust')) {
        Set-AdfsRelyingPartyTrust -TargetName $Name @settings
    }
}
