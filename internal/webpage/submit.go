package webpage

import "net/url"

// Submit lists what a browser sends when the form is filled in and one of its
// buttons is pressed: values replace what fields hold, and check a checkbox; a
// button is named by its name and its value, both empty for a button without.
func (f Form) Submit(values map[string]string, button, pressed string) url.Values {
	sent := url.Values{}
	for _, i := range f.Fields {
		value, filled := values[i.Name]
		switch {
		case i.Name == "":
		case i.Type == "submit":
			if i.Name == button && i.Value == pressed {
				sent.Add(i.Name, i.Value)
			}
		case i.Type == "checkbox":
			if filled && value != "" || !filled && i.Checked {
				sent.Add(i.Name, i.Value)
			}
		case filled && i.Type != "hidden":
			sent.Add(i.Name, value)
		default:
			sent.Add(i.Name, i.Value)
		}
	}
	return sent
}
