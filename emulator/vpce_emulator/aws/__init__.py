"""What a request to AWS asks, who asks, and how AWS answers: no IO, no clock."""
