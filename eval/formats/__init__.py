"""Trading files with other tools: what they hold becomes gold questions, and runs become what they read."""
