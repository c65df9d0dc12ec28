// Package account has people manage their accounts and make new ones at a whole
// provider, with browsers, forms and letters (requirements SE-08, SE-09, WN-24;
// threats A31).
package account
