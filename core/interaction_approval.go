package core

// StepApproval is where people are held up whose client no operator has let in.
const StepApproval Step = "approval"

// needApproval stops before consent where the client waits for an operator. Who then
// goes back to the app has refused what was asked.
func needApproval(f Facts) Need {
	if !f.Unapproved || f.Purpose != PurposeAuthorize && f.Purpose != PurposeDevice {
		return Need{}
	}
	if i := f.Interaction; i != nil && i.Decision != nil && !i.Decision.Allow && i.Decision.Digest == f.Shown {
		return Need{Step: StepRefuse, Account: f.account(), Error: AccessDenied}
	}
	return Need{Step: StepApproval, Account: f.account()}
}
